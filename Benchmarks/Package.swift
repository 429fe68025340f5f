// swift-tools-version: 6.2
import PackageDescription

// ---------------------------------------------------------------------------------------------
// The switch for Hasp's own server: `true` builds `bench-hasp`, which needs HaspTLS of the parent
// package. With `false` only the peers are built and the parent is not even resolved.
let includesHasp = true
// ---------------------------------------------------------------------------------------------

/// Language settings shared by every target, the same as in the parent package.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")

let package = Package(
    name: "hasp-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    ],
    targets: [
        // The HTTP responder, its workloads and the command line, equal in every Swift server.
        .target(name: "BenchSupport", dependencies: [nioCore], swiftSettings: settings),
        .executableTarget(
            name: "bench-nio-ssl",
            dependencies: ["BenchSupport", nioCore, nioPosix, .product(name: "NIOSSL", package: "swift-nio-ssl")],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)

if includesHasp {
    package.dependencies.append(.package(name: "hasp", path: ".."))
    package.targets.append(
        .executableTarget(
            name: "bench-hasp",
            dependencies: ["BenchSupport", nioCore, nioPosix, .product(name: "HaspTLS", package: "hasp")],
            swiftSettings: settings
        )
    )
}
