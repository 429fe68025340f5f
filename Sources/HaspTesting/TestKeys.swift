//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
import Synchronization

/// Keys that are made once and shared by all tests of a process, since an RSA key takes a tenth of a second and more.
///
/// A shared key is as good as a new one for almost every test. Where two certificates must not have the same key, such
/// as a CA and its leaf, use another slot.
public enum TestKeys {
    private struct Place: Hashable {
        var kind: PrivateKey.Kind
        var slot: Int
    }

    private static let keys = Mutex<[Place: PrivateKey]>([:])

    /// The process's key of this kind; the same at every call with the same slot.
    public static func shared(_ kind: PrivateKey.Kind, slot: Int = 0) throws(TLSError) -> PrivateKey {
        let place = Place(kind: kind, slot: slot)
        // Made while the lock is held: others that want the same key wait for it and do not make a second.
        let result = keys.withLock { keys -> Result<PrivateKey, TLSError> in
            if let key = keys[place] { return .success(key) }
            do throws(TLSError) {
                let key = try PrivateKey.generate(kind)
                keys[place] = key
                return .success(key)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
