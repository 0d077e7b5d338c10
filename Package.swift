// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A library target of the package: its name and the names of the targets it may import.
func module(_ name: String, _ imports: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: imports, swiftSettings: settings)
}

func tests(_ name: String, _ imports: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name + "Tests", dependencies: imports, resources: resources, swiftSettings: settings)
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "millrace",
    dependencies: [
        // Control listeners: event loops, UDP and TCP channels.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Orderly start and stop of the daemon's parts.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C: what Swift cannot reach.
        .target(name: "CLinuxIO"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        // The referee of the SRTP tests; no part of the program imports it.
        .systemLibrary(name: "CSRTP", pkgConfig: "libsrtp2", providers: [.apt(["libsrtp2-dev"])]),

        // Base: pure values.
        module("Wire"),
        tests("Wire", ["Wire"]),
        module("NetTypes", ["Wire"]),
        module("MediaFormats"),

        // Protocol cores: pure, no clock, no socket.
        module("Bencode", ["Wire"]),
        module("SDP", ["Wire", "NetTypes"]),
        module("RTP", ["Wire"]),
        module("SRTPKeying", ["Wire"]),
        tests("SRTPKeying", ["SRTPKeying", "Wire"]),

        // Engines over C libraries, without sockets.
        module("SRTP", ["COpenSSL", "SRTPKeying"]),
        tests("SRTP", ["CSRTP", "SRTP", "SRTPKeying"]),
        module("DTLS", ["COpenSSL", "SRTPKeying"]),
        // libssl reads the clock itself; this one can be moved.
        .target(name: "CVirtualTime", path: "Tests/CVirtualTime"),
        tests("DTLS", ["CVirtualTime", "DTLS", "SRTP", "SRTPKeying"]),

        // Calls: pure.
        module("Forwarding", ["NetTypes"]),
        module("CallModel", ["Forwarding", "MediaFormats", "NetTypes"]),
        module("Negotiation", ["CallModel", "Forwarding", "MediaFormats", "NetTypes", "SDP", "Wire"]),
        module("NGProtocol", ["Bencode", "Negotiation", "NetTypes", "Wire"]),

        // Packet path: what happens to a datagram, without doing it.
        module("PacketPath", ["Forwarding", "NetTypes", "RTP"]),

        // Shells: sockets, threads, rings.
        module("LinuxIO", ["CLinuxIO", "NetTypes"]),
        module("DataPlane", ["CLinuxIO", "Forwarding", "LinuxIO", "NetTypes", "PacketPath"]),

        // Control plane.
        module("CallControl", [
            "Bencode", "CallModel", "Forwarding", "MediaFormats", "NGProtocol", "Negotiation", "NetTypes", "SDP", "Wire",
            logging,
        ]),
        module("ControlListeners", ["Bencode", "NGProtocol", "NetTypes", logging, nioCore, nioPosix]),
        module("DaemonConfiguration", ["Forwarding", "NetTypes"]),
        module("LoadGenerator", ["Bencode", "CLinuxIO", "NetTypes", "RTP"]),

        // The program: the only target that knows every shell.
        .executableTarget(
            name: "millrace",
            dependencies: [
                "CallControl", "ControlListeners", "DaemonConfiguration", "DataPlane", "Forwarding", "LoadGenerator",
                "NetTypes", argumentParser, lifecycle, logging,
            ],
            swiftSettings: settings),
    ]
)

// Benchmarks are built on demand: MILLRACE_BENCHMARKS=1 swift build -c release.
if Context.environment["MILLRACE_BENCHMARKS"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "SRTPBenchmark", dependencies: ["CSRTP", "SRTP", "SRTPKeying"], path: "Benchmarks/SRTPBenchmark",
            swiftSettings: settings))
}
