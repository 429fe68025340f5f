//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

// `import HaspTLS` is all that a program needs: contexts, certificates, errors and wire values come with it.
@_exported public import HaspEngine
@_exported public import HaspExplain
@_exported public import HaspWire
