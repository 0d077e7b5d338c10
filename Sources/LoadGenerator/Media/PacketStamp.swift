/// What the generator writes into the payload of every packet: who sent it, which one it is, when it left, and a pattern
/// over the rest that shows any change on the way.
///
/// Layout, in the processor's byte order because sender and receiver are one process: octets 0–3 a mark, 4–7 the flow, 8–15
/// the number of the packet, 16–23 the time, 24–31 the check over the former and the length, then words derived from the
/// check.
package struct PacketStamp: Equatable, Sendable, BitwiseCopyable {
    /// The shortest payload that can be stamped.
    package static let length = 32
    private static let mark: UInt32 = 0x4D52_4C47

    /// The leg that sent the packet.
    package var flow: UInt32
    /// Counts the packets of the flow from 0.
    package var number: UInt64
    /// Monotonic time of sending in nanoseconds.
    package var sentAt: UInt64

    /// A stamp of these values.
    package init(flow: UInt32, number: UInt64, sentAt: UInt64) {
        self.flow = flow
        self.number = number
        self.sentAt = sentAt
    }

    /// What a received payload turns out to be.
    package enum Reading: Equatable, Sendable {
        /// As it was sent.
        case intact(PacketStamp)
        /// Sent by a generator, changed on the way.
        case corrupted
        /// Nothing a generator sent.
        case foreign
    }

    /// Fills `length` octets at `payload` (at least ``PacketStamp/length``) with the stamp and its pattern.
    @inline(__always)
    package func write(to payload: UnsafeMutableRawPointer, length: Int) {
        let check = check(over: length)
        payload.storeBytes(of: Self.mark, as: UInt32.self)
        payload.storeBytes(of: flow, toByteOffset: 4, as: UInt32.self)
        payload.storeBytes(of: number, toByteOffset: 8, as: UInt64.self)
        payload.storeBytes(of: sentAt, toByteOffset: 16, as: UInt64.self)
        payload.storeBytes(of: check, toByteOffset: 24, as: UInt64.self)
        var offset = Self.length
        while offset &+ 8 <= length {
            payload.storeBytes(of: Self.word(check, offset), toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        while offset < length {
            payload.storeBytes(of: Self.octet(check, offset), toByteOffset: offset, as: UInt8.self)
            offset &+= 1
        }
    }

    /// Reads and checks the stamp of `length` octets at `payload`.
    @inline(__always)
    package static func read(from payload: UnsafeRawPointer, length: Int) -> Reading {
        guard length >= Self.length, payload.loadUnaligned(as: UInt32.self) == mark else { return .foreign }
        let stamp = PacketStamp(
            flow: payload.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
            number: payload.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            sentAt: payload.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        let check = payload.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        guard check == stamp.check(over: length) else { return .corrupted }
        var offset = Self.length
        while offset &+ 8 <= length {
            guard payload.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == word(check, offset) else {
                return .corrupted
            }
            offset &+= 8
        }
        while offset < length {
            guard payload.load(fromByteOffset: offset, as: UInt8.self) == octet(check, offset) else {
                return .corrupted
            }
            offset &+= 1
        }
        return .intact(stamp)
    }

    @inline(__always)
    private func check(over length: Int) -> UInt64 {
        var hash = UInt64(flow) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: length)
        hash = (hash ^ hash &>> 29 ^ number) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash &>> 32 ^ sentAt) &* 0x94D0_49BB_1331_11EB
        return hash ^ hash &>> 31
    }

    @inline(__always)
    private static func word(_ check: UInt64, _ offset: Int) -> UInt64 {
        (check &+ UInt64(truncatingIfNeeded: offset)) &* 0x9E37_79B9_7F4A_7C15
    }

    @inline(__always)
    private static func octet(_ check: UInt64, _ offset: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: word(check, offset) &>> 56)
    }
}
