//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import ArgumentParser
import HaspTLS

/// `hasp faults [ID]`: what Hasp can explain.
struct FaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Lists the faults that Hasp explains, or explains one.",
        discussion: "Ids stand in square brackets at the end of error messages, and in logs and metrics."
    )

    @Argument(help: ArgumentHelp("The fault to explain, such as cert.expired.", valueName: "id"))
    var id: String?

    @OptionGroup var language: LanguageOptions

    func run() throws {
        if let id { try explain(id) } else { list() }
    }

    private func explain(_ id: String) throws {
        guard let fault = FaultCatalogue.fault(FaultID(rawValue: id)) else {
            let near = FaultCatalogue.all.map(\.id.rawValue).filter { $0.contains(id) || id.contains($0) }
            let hint = near.isEmpty ? "`hasp faults` lists all" : "did you mean \(near.joined(separator: ", "))?"
            throw ValidationError("there is no fault \"\(id.escapingControls)\"; \(hint)")
        }
        let terminal = Terminal.standardOutput
        terminal.print(FaultText(terminal: terminal).lines(for: fault, language.language).joined(separator: "\n"))
    }

    private func list() {
        let terminal = Terminal.standardOutput
        let width = FaultCatalogue.all.map { TextLayout.columns($0.id.rawValue) }.max() ?? 0
        for fault in FaultCatalogue.all {
            let id = TextLayout.padded(fault.id.rawValue, to: width)
            terminal.print("\(terminal.styled(id, .bold))  \(fault.title.filled(language.language))")
        }
    }
}
