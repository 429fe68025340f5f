// swift-tools-version: 6.2
import PackageDescription

/// Language settings shared by every target (see CONTRIBUTING.md).
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "hasp",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "HaspTLS", targets: ["HaspTLS"]),
        .library(name: "HaspHTTP", targets: ["HaspHTTP"]),
        .library(name: "HaspExplain", targets: ["HaspExplain"]),
        .library(name: "HaspWire", targets: ["HaspWire"]),
        .library(name: "HaspTesting", targets: ["HaspTesting"]),
        .executable(name: "hasp", targets: ["hasp"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.9.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    ],
    targets: [
        // OpenSSL: flags in one target, declarations in the other, so that edits of the header are tracked.
        .systemLibrary(
            name: "CHaspSystemOpenSSL",
            pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"]), .yum(["openssl-devel"])]
        ),
        .target(
            name: "CHaspOpenSSL",
            dependencies: ["CHaspSystemOpenSSL"],
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]
        ),

        // Pure values: no I/O, no OpenSSL, no NIO.
        .target(name: "HaspWire", swiftSettings: settings),
        .target(name: "HaspExplain", dependencies: ["HaspWire"], swiftSettings: settings),

        // The engine: OpenSSL, no NIO, no I/O.
        .target(
            name: "HaspEngine", dependencies: ["CHaspOpenSSL", "HaspExplain", "HaspWire"], swiftSettings: settings),

        // Sockets, servers and the channel handler.
        .target(
            name: "HaspTLS",
            dependencies: [
                "HaspEngine", "HaspExplain", "HaspWire",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "HaspHTTP",
            dependencies: [
                "HaspTLS",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "HaspTesting",
            dependencies: [
                "HaspEngine", "HaspWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "hasp",
            dependencies: [
                "HaspExplain", "HaspHTTP", "HaspTLS",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        .testTarget(name: "HaspWireTests", dependencies: ["HaspWire"], swiftSettings: settings),
        .testTarget(name: "HaspExplainTests", dependencies: ["HaspExplain"], swiftSettings: settings),
        .testTarget(
            name: "HaspEngineTests",
            dependencies: ["CHaspOpenSSL", "HaspEngine", "HaspExplain", "HaspTesting", "HaspWire"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HaspTLSTests",
            dependencies: [
                "HaspEngine", "HaspHTTP", "HaspTesting", "HaspTLS", "HaspWire",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        // Real peers: openssl, Node, Python and Go, each in both roles.
        .testTarget(
            name: "HaspInteropTests",
            dependencies: [
                "HaspTesting", "HaspTLS",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            exclude: ["Peers"],
            swiftSettings: settings
        ),
        // The built `hasp` executable, driven as a person would.
        .testTarget(
            name: "HaspCommandTests",
            dependencies: [
                "hasp", "HaspEngine", "HaspExplain", "HaspTesting", "HaspTLS", "HaspWire",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
