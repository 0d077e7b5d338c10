import NetTypes

/// What a worker thread is given at its start: its number, its limits, and the objects it shares with other threads.
struct WorkerSeat: Sendable {
    let index: Int
    let slots: Int
    /// Number of port pools.
    let pools: Int
    let maximumWaitMicroseconds: UInt32
    let receiveBuffers: Int
    let largestDatagram: Int
    let usesFileTable: Bool
    let pinsToProcessor: Bool
    let scheduling: WorkerScheduling?
    let flightRecorderBytes: Int
    /// Where the relay's own ports are.
    let ownAddresses: [IPAddress]
    let softwareName: String
    let mailbox: Mailbox
    let closedSlots: ClosedSlots
    let parkedPorts: ParkedPorts
    let parking: ParkingPolicy
    let published: PublishedStatistics
    /// Where handshakes are done; `nil` where none are.
    let handshakes: HandshakePool?
    /// Where media changes its format.
    let converters: ConverterPool
}
