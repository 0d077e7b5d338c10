import CallControl
import DaemonConfiguration
import DataPlane
import Forwarding
import Negotiation

/// What each part of the daemon is given of the configuration.
extension DaemonConfiguration {
    /// For the media workers.
    var dataPlane: DataPlaneConfiguration {
        var plane = DataPlaneConfiguration(pools: media.interfaces.pools)
        plane.workers = media.workers
        plane.fillPercent = media.fillPercent
        plane.backend =
            switch media.backend {
            case .automatic: .automatic
            case .ioUring: .ioUring
            case .epoll: .epoll
            }
        plane.scheduling =
            switch media.scheduling {
            case "default": .mediaFirst
            case let word: WorkerScheduling.Policy(rawValue: word).map { .init($0, priority: media.priority) }
            }
        plane.maximumWaitMicroseconds = media.maximumWaitMicroseconds
        plane.flightRecorderBytes = media.flightRecorderBytes
        plane.converterThreads = media.converters
        plane.ownAddresses = media.interfaces.addresses.flatMap { [$0.address, $0.advertised] }
        plane.softwareName = media.softwareName ?? ""
        return plane
    }

    /// For the registry of calls.
    var callControl: CallControlConfiguration {
        var control = CallControlConfiguration(interfaces: media.interfaces)
        control.rules.usesSIPSource = calls.usesSIPSourceAddress
        control.rules.savesInterfacePorts = media.usesFirstAddressOnly
        control.rules.tos = media.tos
        control.rules.prefersPassiveDTLS = dtls.prefersPassive
        control.rules.ownListeners = OwnListeners(
            self.control.datagramAddresses, interfaces: media.interfaces)
        control.learning = calls.learning
        control.foreignSources = calls.foreignSources
        // A capture that begins later shows the SDP of before, as long as it shows the packets of before.
        // Two offers and answers of a browser, of some six kilobytes each, and what was made of them.
        control.keptSignalling = media.flightRecorderBytes > 0 ? 32_768 : 0
        control.rejectsInvalidSDP = calls.rejectsInvalidSDP
        control.timeouts.media = calls.timeouts.media.wholeSeconds
        control.timeouts.silent = calls.timeouts.silent.wholeSeconds
        control.timeouts.offer = calls.timeouts.offer.wholeSeconds
        control.timeouts.final = calls.timeouts.final?.wholeSeconds ?? 0
        control.timeouts.deleteDelay = calls.deleteDelay.wholeSeconds
        control.remembered.count = calls.endedCalls
        control.remembered.seconds = calls.endedCallsTime.wholeSeconds
        // A call of four ports takes two or three kilobytes.
        control.remembered.octets = max(1 << 20, calls.endedCalls * 16_384)
        control.limits.sessions = calls.limits.sessions
        control.limits.load = calls.limits.load
        control.limits.cpuPercent = calls.limits.cpuPercent
        control.limits.bandwidth = calls.limits.bytesPerSecond
        control.limits.callsPerSecond = calls.limits.callsPerSecond
        return control
    }
}

extension InterfaceTable {
    /// Every local address.
    fileprivate var addresses: [LocalAddress] { interfaces.flatMap(\.addresses) }
}

extension Duration {
    /// Seconds without the fraction.
    var wholeSeconds: Int { Int(clamping: components.seconds) }
}
