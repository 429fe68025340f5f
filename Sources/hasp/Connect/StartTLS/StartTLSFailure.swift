//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// Why a clear-text protocol did not get as far as TLS.
enum StartTLSFailure: Error, Equatable, Sendable {
    /// The time was over after so many bytes of the server.
    case noAnswer(afterBytes: Int)
    /// The server closed the connection after so many bytes.
    case closed(afterBytes: Int)
    /// The server speaks something else.
    case otherProtocol(expected: StartTLS, found: FirstBytes, sample: String)
    /// The server knows the protocol and does not list TLS among what it can do.
    case notOffered(StartTLS)
    /// The server answered no; its reply has no control characters.
    case refused(StartTLS, reply: String)
    /// The server sent more in the clear than is worth reading.
    case tooMuch(Int)
    /// Bytes in the clear followed the agreement to begin TLS.
    case clearTextAfterAgreement(Int)
}

extension StartTLSFailure {
    /// The name of the failure for programs.
    var code: String {
        switch self {
        case .noAnswer: "startTLSNoAnswer"
        case .closed: "startTLSClosed"
        case .otherProtocol: "startTLSOtherProtocol"
        case .notOffered: "startTLSNotOffered"
        case .refused: "startTLSRefused"
        case .tooMuch: "startTLSTooMuch"
        case .clearTextAfterAgreement: "startTLSClearText"
        }
    }

    var title: LocalizedText {
        switch self {
        case .noAnswer(let bytes):
            bytes == 0
                ? LocalizedText(en: "{address} did not say a word", ja: "{address}から何も送られてきません")
                : LocalizedText(
                    en: "{address} stopped answering before TLS began", ja: "TLSを始める前に{address}の応答が途絶えました")
        case .closed:
            LocalizedText(
                en: "{address} closed the connection before TLS began", ja: "TLSを始める前に{address}が接続を閉じました")
        case .otherProtocol(let expected, let found, _):
            LocalizedText(
                en: "{address} does not speak \(expected.name): it sent \(found.name)",
                ja: "{address}は\(expected.name)のサーバーではありません")
        case .notOffered(let expected):
            LocalizedText(
                en: "This \(expected.name) server does not offer TLS", ja: "この\(expected.name)サーバーはTLSを提供していません")
        case .refused(let expected, _):
            LocalizedText(
                en: "The \(expected.name) server refused to begin TLS", ja: "\(expected.name)サーバーがTLSの開始を拒否しました")
        case .tooMuch(let limit):
            LocalizedText(
                en: "{address} sent more than \(limit) bytes before TLS began",
                ja: "{address}がTLSの開始前に\(limit)バイトを超えるデータを送ってきました")
        case .clearTextAfterAgreement(let count):
            LocalizedText(
                en: "\(count) bytes in the clear followed the agreement to begin TLS",
                ja: "TLS開始の合意後に、平文のデータが\(count)バイト送られてきました")
        }
    }

    var why: LocalizedText {
        switch self {
        case .noAnswer(let bytes):
            bytes == 0
                ? LocalizedText(
                    en: "The connection stands, and the server waits. A port with TLS from the start behaves so.",
                    ja: "接続はできましたが、サーバーは待ったままです。最初からTLSを使うポートではこのようになります。")
                : LocalizedText(
                    en: "It sent \(bytes) bytes, then nothing until the time was over.",
                    ja: "\(bytes)バイトを受信した後、制限時間まで何も届きませんでした。")
        case .closed(let bytes):
            LocalizedText(
                en: "It had sent \(bytes) bytes. Servers do so that turn the client's address away or are overloaded.",
                ja: "それまでに\(bytes)バイトを受信しています。接続元を拒否しているか、過負荷のサーバーではこのようになります。")
        case .otherProtocol(_, let found, let sample):
            LocalizedText(
                en: "What came first: \(found.name), \"\(sample)\".", ja: "最初に届いた内容: 「\(sample)」")
        case .notOffered:
            LocalizedText(
                en: "TLS is switched off there or has no certificate, or something on the way took the offer out.",
                ja: "サーバーでTLSが無効か証明書が未設定です。または、経路上の何かがTLSの提示を取り除いています。")
        case .refused(_, let reply):
            LocalizedText(en: "Its words: \"\(reply)\".", ja: "サーバーの応答: 「\(reply)」")
        case .tooMuch:
            LocalizedText(
                en: "No server of the protocol needs as much; it may be another protocol.",
                ja: "このプロトコルでこれほどの量は必要ありません。別のプロトコルの可能性があります。")
        case .clearTextAfterAgreement:
            LocalizedText(
                en:
                    "Somebody on the way may have slipped them in, to pass for protected data. They were not used.",
                ja: "経路上の何者かが、保護されたデータに見せかけて差し込んだ可能性があります。このデータは使っていません。")
        }
    }

    var fix: LocalizedText {
        switch self {
        case .noAnswer(let bytes):
            bytes == 0
                ? LocalizedText(
                    en: "Try without --starttls. Otherwise the port is another service's: check the number.",
                    ja: "--starttlsなしで試してください。それでもつながらない場合は、ポート番号を確かめてください。")
                : LocalizedText(
                    en: "Try again with a longer --timeout, and look into the server's log.",
                    ja: "--timeoutを長くして再度試し、サーバーのログを確かめてください。")
        case .closed:
            LocalizedText(
                en: "Look into the server's log for this client's address, and at its list of allowed clients.",
                ja: "サーバーのログと、接続を許可する相手の設定を確かめてください。")
        case .otherProtocol:
            LocalizedText(
                en: "Give --starttls the protocol that the port really speaks, or leave it out, or correct the port.",
                ja: "実際のプロトコルを--starttlsに指定するか、--starttlsを外すか、ポート番号を直してください。")
        case .notOffered, .refused:
            LocalizedText(
                en: "Configure certificate and key in the server and switch TLS on there, then try again.",
                ja: "サーバーに証明書と鍵を設定してTLSを有効にしてから、もう一度試してください。")
        case .tooMuch:
            LocalizedText(
                en: "Check host, port and the protocol that --starttls names.",
                ja: "ホスト、ポート、--starttlsに指定したプロトコルを確かめてください。")
        case .clearTextAfterAgreement:
            LocalizedText(
                en:
                    "Do not log in over this connection. Update the server, and try from another network too.",
                ja: "この接続ではログインしないでください。サーバーを更新し、別のネットワークからも試してください。")
        }
    }
}
