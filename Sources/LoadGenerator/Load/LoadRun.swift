import CLinuxIO
import NetTypes

/// Measures media through one relay, started for this run alone.
struct LoadRun {
    let options: LoadOptions
    let environment: RelayEnvironment
    let limits: DisturbanceLimits

    /// Starts the relay, sets up the calls, plays them, deletes them and stops the relay.
    func measure(_ relay: RelayUnderTest) throws(LoadError) -> Measurement {
        try options.validate()
        try environment.validate()
        ResourceLimits.raiseDescriptorLimit()
        return try ProcessorSet.pinned(to: environment.generatorProcessor.map { [$0] }) { () throws(LoadError) in
            switch relay.kind {
            case .command(let command): try measure(command: command)
            case .nullBound: try measureNullRelay()
            }
        }
    }

    private func measure(command: String) throws(LoadError) -> Measurement {
        let process = try RelayProcess(command: command, environment: environment)
        let client = try NGClient.connected(to: environment.control)
        let idle = RelayFootprint(process.probe)
        let plan = try CallPlan.with(
            options.security, address: environment.endsAddress, workload: options.workload,
            multiplexed: options.multiplexed)
        var calls: [PlacedCall] = []
        for number in 0..<options.calls {
            calls.append(try plan.place("load-\(number)@millrace.invalid", at: client))
        }
        try plan.establish(calls)
        try connect(calls)
        var generator = MediaGenerator(
            calls, workload: options.workload, sealedSeconds: options.warmUp + options.duration)
        var footprint = RelayFootprint()
        var measurement = try window(&generator) {
            process.probe.processorTime
        } atEnd: {
            footprint = RelayFootprint(process.probe)
        }
        for call in calls { try client.deleteCall(call.identity) }
        try process.stop()
        measurement.figures += footprint.figures(above: idle, calls: options.calls)
        return measurement
    }

    private func connect(_ calls: [PlacedCall]) throws(LoadError) {
        guard options.connected else { return }
        for call in calls {
            try call.caller.connect()
            try call.callee.connect()
        }
    }

    private func measureNullRelay() throws(LoadError) -> Measurement {
        let relay = NullRelay()
        var calls: [PlacedCall] = []
        for number in 0..<options.calls {
            let call = PlacedCall(
                identity: "null-\(number)", caller: try CallEnd(bind: environment.endsAddress),
                callee: try CallEnd(bind: environment.endsAddress))
            try relay.connect(call, on: environment.relayAddress)
            calls.append(call)
        }
        try ProcessorSet.pinned(to: environment.relayProcessors) { () throws(LoadError) in try relay.start() }
        defer { relay.stop() }
        try connect(calls)
        var generator = MediaGenerator(calls, workload: options.workload)
        var work: [(nanoseconds: UInt64, packets: UInt64)] = [relay.work]
        var measurement = try window(&generator) {
            work.append(relay.work)
            return nil
        } atEnd: {
        }
        if let last = work.last, let first = work.dropLast().last, last.packets > first.packets {
            let cost = Double(last.nanoseconds - first.nanoseconds) / Double(last.packets - first.packets)
            measurement.figures.insert((.processorTimePerPacket, cost), at: 0)
        }
        return measurement
    }

    /// Warms up, then plays the window; `processorTime` is read right before and right after it.
    private func window(
        _ generator: inout MediaGenerator, processorTime: () -> Int64?, atEnd: () -> Void
    ) throws(LoadError) -> Measurement {
        generator.restartSchedule()
        generator.play(UInt64(options.warmUp * 1e9))
        let own = ProcessProbe(process: 0)
        let machine = MachineLoad.now()
        let ownTime = own.processorTime
        generator.openWindow()
        let start = batch_now()
        let timeBefore = processorTime()
        generator.play(UInt64(options.duration * 1e9))
        let timeAfter = processorTime()
        let elapsed = batch_now() &- start
        generator.closeWindow()
        let ownSpent = (own.processorTime ?? 0) - (ownTime ?? 0)
        let machineSpent = MachineLoad.now().flatMap { now in machine.map { now.busy - $0.busy } }
        generator.drain(300_000_000)
        atEnd()

        var measurement = Measurement()
        let tally = generator.tally
        let spent = timeBefore.flatMap { before in timeAfter.map { $0 - before } }
        if let spent, tally.forwarded > 0 {
            measurement.figures.append((.processorTimePerPacket, Double(spent) / Double(tally.forwarded)))
        }
        if let delays = generator.delays.summary {
            measurement.figures += [
                (.delayMedian, Double(delays.median) / 1e3), (.delayP99, Double(delays.p99) / 1e3),
                (.delayP999, Double(delays.p999) / 1e3), (.delayMaximum, Double(delays.maximum) / 1e3),
            ]
        }
        measurement.figures.append((.lossPercent, tally.lossShare * 100))
        measurement.tally = tally
        measurement.delays = generator.delays
        measurement.defects = Self.defects(in: tally)
        measurement.disturbances = limits.disturbances(
            tally: tally, machine: machineSpent, accounted: ownSpent + (spent ?? 0), elapsed: elapsed)
        return measurement
    }

    private static func defects(in tally: MediaTally) -> [String] {
        var defects: [String] = []
        if tally.corrupted > 0 { defects.append("\(tally.corrupted) packets corrupted") }
        if tally.unexpected > 0 { defects.append("\(tally.unexpected) unexpected datagrams") }
        if tally.duplicated > 0 { defects.append("\(tally.duplicated) packets duplicated") }
        if tally.forwarded == 0 { defects.append("no media at all") }
        return defects
    }
}

extension DisturbanceLimits {
    /// What disturbed a window. `machine` is the CPU time all processors spent in it, `accounted` the part that the
    /// generator and the relay spent.
    func disturbances(tally: MediaTally?, machine: Int64?, accounted: Int64, elapsed: UInt64) -> [Disturbance] {
        var result: [Disturbance] = []
        if let tally {
            if Double(tally.latestSend) > lateness * 1e6 {
                result.append(.lateGenerator(nanoseconds: tally.latestSend))
            }
            if tally.unsent > 0 { result.append(.unsentPackets(tally.unsent)) }
        }
        if let machine, elapsed > 0 {
            let share = Double(machine - accounted) / Double(elapsed)
            if share > otherProcesses { result.append(.otherProcesses(share: share)) }
        }
        return result
    }
}

/// What a relay holds at a moment.
struct RelayFootprint: Equatable, Sendable {
    var residentBytes: Int?
    var descriptors: Int?

    init() {}

    init(_ probe: ProcessProbe) {
        residentBytes = probe.residentBytes
        descriptors = probe.descriptors
    }

    /// The growth since `idle`, for each call.
    func figures(above idle: RelayFootprint, calls: Int) -> [(metric: Metric, value: Double)] {
        var figures: [(metric: Metric, value: Double)] = []
        if let now = residentBytes, let before = idle.residentBytes {
            figures.append((.residentPerCall, Double(now - before) / 1024 / Double(calls)))
        }
        if let now = descriptors, let before = idle.descriptors {
            figures.append((.descriptorsPerCall, Double(now - before) / Double(calls)))
        }
        return figures
    }
}
