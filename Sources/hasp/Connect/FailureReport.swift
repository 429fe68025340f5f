//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// What a person, or a program, is told about a connection that failed: what is wrong, why, and what to change.
struct FailureReport {
    /// The occurrence in one line.
    var summary: String
    var status: ExitStatus
    private var explanation: Fault?
    private var values: [String: String]
    private var language: Language
    private var facts: Facts

    /// - Parameters:
    ///   - error: a ``TLSError`` or a ``StartTLSFailure``; others are printed as they describe themselves.
    ///   - status: with what the command ends. Nil: as the error says.
    ///   - values: what fills the placeholders of the explanation, where the error does not know better.
    init(_ error: any Error, status: ExitStatus? = nil, values: [String: String] = [:], language: Language) {
        self.language = language
        switch error {
        case let error as TLSError:
            let error = error.with(values: values)
            summary = error.summary
            self.status = status ?? ExitStatus(error)
            explanation = error.fault
            self.values = error.values
            facts = Facts(error)
        case let failure as StartTLSFailure:
            summary = "\(values["address"] ?? ""): \(failure.code)"
            self.status = .handshake
            // Not an entry of the catalogue: it has no id, and borrows only the form.
            explanation = Fault(
                id: FaultID(rawValue: ""), blame: .configuration, title: failure.title, why: failure.why,
                fix: failure.fix)
            self.values = values
            facts = Facts(code: failure.code)
        default:
            summary = "\(error)".escapingControls
            self.status = status ?? .failure
            self.values = values
            facts = Facts(code: "failure")
        }
    }

    /// The report for a terminal.
    func print(to terminal: Terminal) {
        guard let explanation else {
            terminal.print("\(terminal.styled("hasp:", .boldRed)) \(summary)")
            return
        }
        let text = FaultText(terminal: terminal)
        let detail = text.row(language == .japanese ? "詳細" : "detail", occurrence)
        // Whoever mistyped an option needs a sentence and no treatise.
        let lines =
            status == .usage
            ? text.summary(for: explanation, detail: detail, language, values: values)
            : text.lines(for: explanation, language, values: values)
                + (explanation.id.rawValue.isEmpty ? [] : detail)
        for line in lines { terminal.print(line) }
    }

    /// The summary without the id, which stands behind the title.
    private var occurrence: String {
        guard let id = facts.fault, summary.hasSuffix(" [\(id)]") else { return summary }
        return String(summary.dropLast(id.count + 3))
    }

    /// The report for a program.
    func json() throws -> String {
        try SafeJSON.text(
            Document(
                error: Document.Content(
                    code: facts.code, summary: summary, fault: facts.fault,
                    title: explanation?.title.filled(language, values: values),
                    why: explanation?.why.filled(language, values: values),
                    fix: explanation?.fix.filled(language, values: values),
                    alert: facts.alert, nodeCode: facts.nodeCode, openSSL: facts.openSSL,
                    exitStatus: status.rawValue)))
    }
}

extension FailureReport {
    /// What of the error goes into JSON as it is.
    private struct Facts {
        var code: String
        var fault: String?
        var alert: Document.Alert?
        var nodeCode: String?
        var openSSL: [String] = []

        init(code: String) { self.code = code }

        init(_ error: TLSError) {
            code = error.code.description
            fault = error.faultID?.rawValue
            nodeCode = error.nodeCode
            openSSL = error.openSSL.map(\.description)
            alert = error.alert.map { event in
                Document.Alert(
                    number: event.alert.description.rawValue, name: event.alert.description.name,
                    isReceived: event.isReceived)
            }
        }
    }

    private struct Document: Encodable {
        var error: Content

        struct Content: Encodable {
            var code: String
            var summary: String
            @OrNull var fault: String?
            @OrNull var title: String?
            @OrNull var why: String?
            @OrNull var fix: String?
            @OrNull var alert: Alert?
            @OrNull var nodeCode: String?
            var openSSL: [String]
            var exitStatus: Int32

            enum CodingKeys: String, CodingKey {
                case code, summary, fault, title, why, fix, alert
                case nodeCode = "node_code"
                case openSSL = "openssl"
                case exitStatus = "exit_status"
            }
        }

        struct Alert: Encodable {
            var number: UInt8
            var name: String
            /// `false` when this side sent it.
            var isReceived: Bool

            enum CodingKeys: String, CodingKey {
                case number, name
                case isReceived = "received"
            }
        }
    }
}
