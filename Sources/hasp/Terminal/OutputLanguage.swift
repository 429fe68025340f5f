//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import ArgumentParser
import HaspTLS

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What `--lang` takes.
enum OutputLanguage: String, CaseIterable, ExpressibleByArgument {
    case en, ja
    /// As `LC_ALL`, `LC_MESSAGES` or `LANG` say.
    case auto

    var language: Language {
        switch self {
        case .en: .english
        case .ja: .japanese
        case .auto: .fromEnvironment(ProcessInfo.processInfo.environment)
        }
    }
}

/// `--lang`, for every command that explains something.
struct LanguageOptions: ParsableArguments {
    @Option(
        name: .customLong("lang"),
        help: ArgumentHelp(
            "Language of explanations; auto follows LC_ALL, LC_MESSAGES and LANG.", valueName: "en|ja|auto"))
    var choice = OutputLanguage.auto

    var language: Language { choice.language }
}
