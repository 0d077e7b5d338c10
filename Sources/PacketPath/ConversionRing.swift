public import Forwarding

/// Packets on their way from a worker to a thread that converts them, or back: memory of fixed size with one writer and
/// one reader. When it is full, the packet at hand is left out; neither waits for the other.
///
/// `@unchecked Sendable`: writer and reader never touch the same part of the memory, which the ring's positions see to.
public final class ConversionRing: @unchecked Sendable {
    let writer: ConversionWriter

    /// A ring of `bytes`, rounded down to a power of two, at least 64 KiB. The memory is taken as it is used.
    public init(bytes: Int) {
        writer = ConversionWriter(ring: ItemRing(bytes: bytes))
    }

    deinit {
        // The writer is gone, and may have left orders that nobody was to see yet.
        writer.ring.publish()
        while let item = first {
            _ = item.order
            removeFirst()
        }
        writer.ring.deallocate()
    }

    /// Appends an item, to be seen after ``publish()``; false when there is no room. For the writing thread.
    public func append(_ header: ConversionHeader, _ bytes: UnsafeRawBufferPointer) -> Bool {
        writer.append(header, bytes)
    }

    /// Lets the reader see what was appended; false when that was nothing. For the writing thread.
    public func publish() -> Bool { writer.ring.publish() }

    /// Whether there is nothing to read. For the reading thread.
    public var isEmpty: Bool { writer.ring.isEmpty }

    /// The oldest item, valid until ``removeFirst()``; `nil` when there is none. For the reading thread.
    public var first: ConversionItem? {
        guard let place = writer.ring.first else { return nil }
        let header = place.load(as: ConversionHeader.self)
        return ConversionItem(
            header: header,
            bytes: UnsafeMutableRawBufferPointer(start: place + ConversionHeader.size, count: Int(header.count)))
    }

    /// Lets go of the item that ``first`` is. For the reading thread.
    public func removeFirst() { writer.ring.removeFirst() }
}

/// What is to be done for the streams of a port from now on.
public final class ConversionOrder: Sendable {
    /// The port.
    public let port: LocalPortID
    /// What its plan says; `nil` when it was closed.
    public let set: ConversionSet?

    init(_ port: LocalPortID, _ set: ConversionSet?) {
        self.port = port
        self.set = set
    }
}

/// What stands in front of an item.
public struct ConversionHeader: ItemHeader {
    /// What an item is.
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// RTP in clear.
        case packet
        /// An order for the port.
        case order
        /// A packet was not converted.
        case refusal
    }

    /// Octets from a header to what stands behind it.
    static let size = ItemRing.alignment

    /// Header, content and padding.
    var length: UInt32 = 0
    /// Octets of the content.
    var count: UInt32 = 0
    /// What the item is.
    public var kind: Kind
    /// Of a refusal: why.
    public var reason = DropReason.malformed
    /// The port that the packet arrived on.
    public var port: LocalPortID
    /// When the packet arrived, in monotonic nanoseconds.
    public var nanoseconds: UInt64 = 0
    /// Of a packet on its way back: a time of the source and the same one of the outgoing stream, each with its clock
    /// rate in Hz, which is 0 while that is not known.
    public var sourceTimestamp: UInt32 = 0
    /// See ``sourceTimestamp``.
    public var outgoingTimestamp: UInt32 = 0
    /// See ``sourceTimestamp``.
    public var sourceClockRate: UInt32 = 0
    /// See ``sourceTimestamp``.
    public var outgoingClockRate: UInt32 = 0

    /// An item of `port`.
    public init(_ kind: Kind, _ port: LocalPortID) {
        self.kind = kind
        self.port = port
    }
}

/// An item of a ``ConversionRing``.
public struct ConversionItem {
    /// What it is.
    public let header: ConversionHeader
    /// The packet. Valid until the item is removed.
    public let bytes: UnsafeMutableRawBufferPointer

    /// Of an ``ConversionHeader/Kind/order``: the order, which the ring gives up with this. To be asked for once.
    public var order: ConversionOrder? {
        guard header.kind == .order, let start = bytes.baseAddress else { return nil }
        return Unmanaged<ConversionOrder>.fromOpaque(start.load(as: UnsafeRawPointer.self)).takeRetainedValue()
    }
}

/// The writing end of a ``ConversionRing``, for the packet path, which touches no object. For one thread.
struct ConversionWriter: BitwiseCopyable {
    let ring: ItemRing

    func append(_ header: ConversionHeader, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var header = header
        header.count = UInt32(truncatingIfNeeded: bytes.count)
        return ring.append(header, bytes) != nil
    }

    /// Appends an order, of which the reader becomes an owner.
    func append(_ order: ConversionOrder) -> Bool {
        let reference = Unmanaged.passRetained(order)
        let isTaken = withUnsafeBytes(of: UnsafeRawPointer(reference.toOpaque())) {
            append(ConversionHeader(.order, order.port), $0)
        }
        if !isTaken { reference.release() }
        return isTaken
    }
}
