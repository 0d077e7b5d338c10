// swift-tools-version: 6.2
import PackageDescription

/// `make fuzz` sets this; the fuzzer's instrumentation is no part of any other build.
let isFuzzing = Context.environment["MILLRACE_FUZZ"] == "1"
let fuzzerFlags = ["-sanitize=fuzzer,address"]

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ] + (isFuzzing ? [.unsafeFlags(fuzzerFlags)] : [])

/// A library target of the package: its name and the names of the targets it may import.
func module(_ name: String, _ imports: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: imports, swiftSettings: settings)
}

func tests(_ name: String, _ imports: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name + "Tests", dependencies: imports, resources: resources, swiftSettings: settings)
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let fuzzer: [Target] =
    isFuzzing
    ? [
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz",
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(fuzzerFlags + ["-use-ld=lld"])])
    ] : []

let package = Package(
    name: "millrace",
    dependencies: [
        // Control listeners: event loops, TCP channels.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Orderly start and stop of the daemon's parts.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C: what Swift cannot reach.
        .target(name: "CLinuxIO"),
        .target(name: "CAES"),
        .target(name: "CPrefetch"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        // Codecs and what goes with them.
        .systemLibrary(name: "COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
        .systemLibrary(name: "CSpanDSP", pkgConfig: "spandsp", providers: [.apt(["libspandsp-dev"])]),
        .systemLibrary(name: "CSpeexDSP", pkgConfig: "speexdsp", providers: [.apt(["libspeexdsp-dev"])]),
        // The SRTP of the load generator's ends and the referee of the SRTP tests; the relay does not import it.
        .systemLibrary(name: "CSRTP", pkgConfig: "libsrtp2", providers: [.apt(["libsrtp2-dev"])]),

        // Base: pure values.
        module("Wire"),
        tests("Wire", ["Wire"]),
        module("NetTypes", ["Wire"]),
        // How well speech is understood: formulas and sums.
        module("Quality"),
        tests("Quality", ["Quality"]),

        // Protocol cores: pure, no clock, no socket.
        module("Bencode", ["Wire"]),
        tests("Bencode", ["Bencode"]),
        module("SDP", ["Wire", "NetTypes"]),
        tests("SDP", ["NetTypes", "SDP", "Wire"], resources: [.copy("Fixtures")]),
        module("RTP", ["Wire"]),
        module("Capture", ["NetTypes"]),
        tests("Capture", ["Capture", "NetTypes"]),
        module("SRTPKeying", ["Wire"]),
        tests("SRTPKeying", ["SRTPKeying", "Wire"]),
        module("STUN", ["NetTypes", "Wire"]),
        tests("STUN", ["NetTypes", "STUN", "Wire"]),
        module("ICE", ["NetTypes", "STUN"]),
        tests("ICE", ["ICE", "NetTypes", "STUN"]),

        // Engines over C libraries, without sockets.
        module("SRTP", ["CAES", "COpenSSL", "SRTPKeying"]),
        tests("SRTP", ["CAES", "CSRTP", "SRTP", "SRTPKeying", "Simulation"]),
        module("DTLS", ["COpenSSL", "SRTPKeying"]),
        // libssl reads the clock itself; this one can be moved.
        .target(name: "CVirtualTime", path: "Tests/CVirtualTime"),
        tests("DTLS", ["COpenSSL", "CVirtualTime", "DTLS", "SRTP", "SRTPKeying"]),

        // Calls: pure.
        module("Forwarding", ["NetTypes", "Quality", "SRTPKeying"]),
        tests("Forwarding", ["Forwarding"]),
        module("MediaFormats", ["Forwarding", "Wire"]),
        tests("MediaFormats", ["MediaFormats"]),
        module("CallModel", ["Forwarding", "MediaFormats", "NetTypes", "Quality", "SDP", "SRTPKeying"]),
        module("Negotiation", ["CallModel", "Forwarding", "MediaFormats", "NetTypes", "SDP", "SRTPKeying", "Wire"]),
        module("NGProtocol", ["Bencode", "Forwarding", "Negotiation", "NetTypes", "Wire"]),
        tests("NGProtocol", ["Bencode", "Forwarding", "NGProtocol", "Negotiation", "NetTypes", "Wire"]),

        // Media that changes its format on the way.
        module("Transcoding", ["COpus", "CSpanDSP", "CSpeexDSP", "Forwarding", "RTP"]),
        tests("Transcoding", ["COpus", "Forwarding", "RTP", "Transcoding"]),

        // What a call was like: all that a diagnosis needs, as values.
        module("CallReports", ["Forwarding", "NetTypes", "Quality", "SRTPKeying"]),
        tests("CallReports", ["CallReports", "Forwarding", "NetTypes", "Quality"]),

        // Why there is no audio: rules over reports.
        module("Diagnosis", ["CallReports", "Forwarding", "NetTypes", "SRTPKeying"]),

        // Packet path: what happens to a datagram, without doing it.
        module(
            "PacketPath",
            [
                "CPrefetch", "Forwarding", "ICE", "NetTypes", "Quality", "RTP", "SRTP", "SRTPKeying", "STUN",
                "Transcoding",
            ]),

        // Shells: sockets, threads, rings.
        module("LinuxIO", ["CLinuxIO", "NetTypes"]),
        tests("LinuxIO", ["LinuxIO", "NetTypes"]),
        module("DataPlane", ["DTLS", "Forwarding", "LinuxIO", "NetTypes", "PacketPath", "SRTP", "SRTPKeying"]),
        tests(
            "DataPlane",
            [
                "COpus", "CSpanDSP", "DTLS", "DataPlane", "Forwarding", "ICE", "LinuxIO", "NetTypes", "PacketPath", "SRTP",
                "SRTPKeying",
            ]),

        module("Recording", ["Capture", "Forwarding", "NetTypes", logging]),
        tests(
            "Recording",
            [
                "Bencode", "CallControl", "Capture", "DataPlane", "Forwarding", "LinuxIO", "NGProtocol", "NetTypes",
                "Recording", "SRTP", "SRTPKeying", "TestSupport", logging,
            ]),

        // Control plane.
        module("Telemetry", ["Bencode", "NGProtocol"]),
        tests("Telemetry", ["Bencode", "CallControl", "Telemetry", "TestSupport"]),
        module(
            "CallControl",
            [
                "Bencode", "CallModel", "CallReports", "Diagnosis", "Forwarding", "MediaFormats", "NGProtocol",
                "Negotiation", "NetTypes", "Quality", "SDP", "SRTPKeying", "Telemetry", "Wire",
                logging,
            ]),
        // What operators say to the relay, without the sockets.
        module("Console", ["Bencode", "CallControl", "Diagnosis", "NetTypes", "Recording", "Telemetry", "Wire"]),
        tests(
            "Console",
            [
                "Bencode", "CallControl", "CallReports", "Console", "Diagnosis", "Forwarding", "Recording", "Telemetry",
                "TestSupport", "Wire", logging,
            ]),
        module(
            "ControlListeners",
            [
                "Bencode", "COpenSSL", "LinuxIO", "NGProtocol", "NetTypes", logging, nioCore, nioHTTP1, nioPosix,
                nioWebSocket,
            ]),
        tests(
            "ControlListeners",
            [
                "Bencode", "ControlListeners", "NGProtocol", "NetTypes", logging, nioCore, nioHTTP1, nioPosix,
            ]),
        // Captured calls, once more through the packet path, on virtual time.
        module(
            "Replay",
            [
                "Bencode", "CallControl", "CallReports", "Capture", "Forwarding", "MediaFormats", "NGProtocol",
                "NetTypes",
                "PacketPath", "RTP", "SDP", "SRTP", "SRTPKeying", "STUN", logging,
            ]),
        tests(
            "Replay",
            [
                "Bencode", "CallControl", "CallReports", "Capture", "Diagnosis", "Forwarding", "NetTypes", "Replay",
                "Simulation", "TestSupport",
            ]),
        module("DaemonConfiguration", ["Forwarding", "NetTypes"]),
        tests("DaemonConfiguration", ["DaemonConfiguration", "Forwarding", "NetTypes"]),
        module(
            "LoadGenerator",
            [
                "Bencode", "CLinuxIO", "COpenSSL", "CSRTP", "DTLS", "ICE", "NetTypes", "RTP", "SRTP", "SRTPKeying",
                "STUN",
            ]),
        tests("LoadGenerator", ["Bencode", "LoadGenerator", "NetTypes", "STUN"]),

        // What several test targets use, and tests of all the control side together.
        .target(
            name: "TestSupport",
            dependencies: ["Bencode", "CallControl", "Forwarding", "NGProtocol", "NetTypes", "Wire", logging],
            path: "Tests/TestSupport", swiftSettings: settings),
        // A relay and its peers on virtual time.
        .target(
            name: "Simulation",
            dependencies: [
                "Bencode", "CSRTP", "CVirtualTime", "CallControl", "DTLS", "Forwarding", "ICE", "NGProtocol",
                "NetTypes",
                "PacketPath", "Replay", "SRTP", "SRTPKeying", "STUN", "TestSupport", logging,
            ],
            path: "Tests/Simulation", swiftSettings: settings),
        tests(
            "Simulation",
            [
                "COpus", "CSpanDSP", "DTLS", "Forwarding", "NetTypes", "PacketPath", "RTP", "Replay", "SRTP", "SRTPKeying",
                "Simulation", "TestSupport",
            ]),
        tests(
            "Security",
            [
                "Bencode", "CallControl", "DTLS", "Forwarding", "ICE", "Negotiation", "NetTypes", "PacketPath",
                "Replay", "SRTPKeying", "STUN", "Simulation", "TestSupport",
            ]),
        tests(
            "Diagnosis",
            [
                "Bencode", "CallControl", "CallReports", "DTLS", "Diagnosis", "Forwarding", "NetTypes", "Replay",
                "SRTPKeying",
                "Simulation", "TestSupport",
            ]),
        tests("CallModel", ["CallModel", "Forwarding", "MediaFormats", "NetTypes", "SDP"]),
        tests(
            "Negotiation",
            ["Bencode", "CallControl", "Forwarding", "Negotiation", "NetTypes", "SRTPKeying", "TestSupport"]),
        tests(
            "CallControl",
            [
                "Bencode", "CallControl", "CallReports", "Diagnosis", "Forwarding", "NGProtocol", "NetTypes", "Quality",
                "SRTPKeying", "TestSupport",
            ]),
        .testTarget(
            name: "ScenarioTests",
            dependencies: ["Bencode", "CallControl", "NGProtocol", "Negotiation", "TestSupport", "Wire"],
            exclude: ["SOURCES.md"], resources: [.copy("Fixtures")], swiftSettings: settings),

        // The program: the only target that knows every shell.
        .executableTarget(
            name: "millrace",
            dependencies: [
                "Bencode", "CallControl", "CallReports", "Console", "ControlListeners", "DTLS", "DaemonConfiguration",
                "DataPlane",
                "Forwarding", "LoadGenerator",
                "NGProtocol", "Negotiation", "NetTypes", "Quality", "Recording", "Replay", "SRTPKeying", "Telemetry",
                "Wire",
                argumentParser, lifecycle, logging, nioCore, nioPosix, signals,
            ],
            swiftSettings: settings),

        // Tests.
        tests(
            "millrace",
            ["Bencode", "CallControl", "DaemonConfiguration", "Negotiation", "NetTypes", "Replay", "millrace", logging]),
        tests("Daemon", ["Capture", "LoadGenerator", "NetTypes", "millrace"]),
        tests("Architecture", []),

        // Hostile input: what parsers must hold to, replayed by a test and driven by a fuzzer.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Bencode", "CallControl", "Capture", "DTLS", "Forwarding", "ICE", "NGProtocol", "NetTypes",
                "PacketPath",
                "RTP", "Replay", "SDP", "SRTP", "SRTPKeying", "STUN", "Transcoding", "Wire", logging,
            ],
            path: "Tests/FuzzTargets", exclude: ["Seeds"], swiftSettings: settings),
        tests("FuzzTargets", ["FuzzTargets"]),
        tests("RTP", ["RTP"]),
        tests(
            "PacketPath",
            ["Forwarding", "ICE", "NetTypes", "PacketPath", "Quality", "RTP", "SRTP", "SRTPKeying", "STUN"]),
    ] + fuzzer
)

// Benchmarks are built on demand: MILLRACE_BENCHMARKS=1 swift build -c release.
if Context.environment["MILLRACE_BENCHMARKS"] == "1" {
    package.targets += [
        .executableTarget(
            name: "SRTPBenchmark", dependencies: ["CSRTP", "SRTP", "SRTPKeying"], path: "Benchmarks/SRTPBenchmark",
            swiftSettings: settings),
        // Counts what is allocated; takes the place of libc's malloc in the program it is linked into.
        .target(name: "CAllocationCounter", path: "Benchmarks/CAllocationCounter"),
        .executableTarget(
            name: "LayerBenchmark",
            dependencies: [
                "Bencode", "CAllocationCounter", "CallControl", "Forwarding", "NGProtocol", "NetTypes", "PacketPath",
                "SDP", "SRTPKeying", "STUN", logging,
            ],
            path: "Benchmarks/LayerBenchmark", swiftSettings: settings),
    ]
}
