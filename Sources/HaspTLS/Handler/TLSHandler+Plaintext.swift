//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOCore

extension TLSHandler {
    func decrypt(_ context: ChannelHandlerContext, _ engine: TLSEngine) throws(TLSError) {
        var plaintext: ByteBuffer?
        reading: while state.phase == .established, !state.isInputClosed, engine.readableBound > 0 {
            switch readOnce(engine, into: &plaintext) {
            case .success(.bytes): continue
            case .success(.needsInput): break reading
            case .success(.closed):
                deliver(&plaintext, context)
                perform(
                    state.peerSaidGoodbye(isHalfClosureAllowed: configuration.isHalfClosureAllowed), context,
                    promise: nil)
            case .failure(let error):
                deliver(&plaintext, context)
                throw error
            }
        }
        deliver(&plaintext, context)
    }

    private func readOnce(
        _ engine: TLSEngine, into plaintext: inout ByteBuffer?
    ) -> Result<TLSEngine.ReadResult, TLSError> {
        // Taken out while it grows, so that it is not copied.
        var buffer = plaintext ?? allocator.buffer(capacity: engine.inputCount)
        plaintext = nil
        var result = Result<TLSEngine.ReadResult, TLSError>.success(.needsInput)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: engine.readableBound) { memory in
            do throws(TLSError) {
                let found = try engine.read(into: memory)
                result = .success(found)
                guard case .bytes(let count) = found else { return 0 }
                return count
            } catch {
                result = .failure(error)
                return 0
            }
        }
        plaintext = buffer
        return result
    }

    private func deliver(_ plaintext: inout ByteBuffer?, _ context: ChannelHandlerContext) {
        guard let buffer = plaintext, buffer.readableBytes > 0 else { return }
        plaintext = nil
        context.fireChannelRead(wrapInboundOut(buffer))
    }

    /// Encrypts what was flushed, as long as the channel can take it; the rest follows when it can again.
    ///
    /// - Returns: whether the channel was flushed.
    @discardableResult
    func encryptFlushedWrites(_ context: ChannelHandlerContext, isForced: Bool = false) -> Bool {
        guard writes.hasFlushed, state.isSending || isForced, let engine, let pool else { return false }
        do throws(TLSError) {
            while writes.hasFlushed, isForced || isWritable {
                try encryptOneBuffer(context, engine, pool)
            }
        } catch {
            fail(context, with: error)
            return true
        }
        context.flush()
        return true
    }

    /// Fills one buffer with records: small writes are joined into full records, large ones are cut.
    private func encryptOneBuffer(
        _ context: ChannelHandlerContext, _ engine: TLSEngine, _ pool: CiphertextPool
    ) throws(TLSError) {
        let waiting = min(pendingBytes, PlaintextQueue.maximumTaken)
        var out = pool.take(for: engine.pendingOutput + engine.ciphertextBound(for: waiting))
        engine.drainOutput { out.writeBytes($0) }
        var done = CompletedWrites()
        let recordBound = engine.ciphertextBound(for: TLSEngine.maximumFragment)
        repeat {
            var result = Result<Int, TLSError>.success(0)
            writes.withNextRecord(scratch: pool.scratch, completing: &done) { plaintext in
                pendingBytes -= plaintext.count
                let bound = engine.ciphertextBound(for: plaintext.count)
                out.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { window in
                    do throws(TLSError) {
                        let produced = try engine.write(plaintext, into: window).produced
                        result = .success(produced)
                        return produced
                    } catch {
                        result = .failure(error)
                        return 0
                    }
                }
            }
            if case .failure(let error) = result {
                done.promise(on: context.eventLoop)?.fail(error)
                throw error
            }
            engine.drainOutput { out.writeBytes($0) }
        } while writes.hasFlushed && out.writableBytes >= recordBound
        context.write(wrapOutboundOut(out), promise: done.promise(on: context.eventLoop))
        pool.recycle(out)
    }

    /// Sends what the engine has to say by itself: messages of the handshake, alerts, tickets.
    func sendEngineOutput(_ context: ChannelHandlerContext) {
        guard let engine, engine.pendingOutput > 0 else { return }
        if !isWritable { unsentAnswers += engine.pendingOutput }
        writeEngineOutput(context, engine, promise: nil)
        context.flush()
    }

    /// Messages of a few bytes can demand an answer (RFC 8446, section 4.6.3). A peer that sends them and reads nothing
    /// is not read from either, once so many bytes of answers wait for it.
    static var maximumUnsentAnswers: Int { 16 << 10 }

    /// The peer takes bytes again.
    func allowReads(_ context: ChannelHandlerContext) {
        unsentAnswers = 0
        guard isReadHeld, !state.isHoldingReads else { return }
        isReadHeld = false
        context.read()
    }

    func writeEngineOutput(
        _ context: ChannelHandlerContext, _ engine: TLSEngine, promise: EventLoopPromise<Void>?
    ) {
        var out =
            pool?.take(for: engine.pendingOutput) ?? context.channel.allocator.buffer(capacity: engine.pendingOutput)
        engine.drainOutput { out.writeBytes($0) }
        context.write(wrapOutboundOut(out), promise: promise)
        pool?.recycle(out)
    }
}
