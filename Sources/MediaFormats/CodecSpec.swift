import Wire

/// A codec as ng requests name it: `name[/clock[/channels[/bitrate[/ptime[/fmtp[/options]]]]]]`.
public struct CodecSpec: Sendable, Hashable {
    /// Encoding name, compared without case.
    public var name: String
    /// In Hz; `nil` when not named.
    public var clockRate: UInt32?
    /// Audio channels; `nil` when not named. A clock rate alone means one channel.
    public var channels: Int?
    /// Of the encoder in bit/s; `nil` when not named.
    public var bitrate: UInt32?
    /// `nil` when not named.
    public var packetTimeMilliseconds: Int?
    /// Format parameters; `nil` when not named.
    public var parameters: String?
    /// Encoder options; `nil` when not named.
    public var options: String?

    /// Reads a spec; `nil` when the name is empty or a number part is not a number. Empty parts count as not named.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 6, omittingEmptySubsequences: false)
            .map { Substring($0) }
        func part(_ index: Int) -> Substring? {
            parts.indices.contains(index) && !parts[index].isEmpty ? parts[index] : nil
        }
        guard let name = part(0) else { return nil }
        self.name = String(name)
        if let text = part(1) {
            guard let value = CodecSpec.number(text) else { return nil }
            clockRate = value
        }
        if let text = part(2) {
            guard let value = CodecSpec.number(text), (1...255).contains(value) else { return nil }
            channels = Int(value)
        }
        if let text = part(3) {
            guard let value = CodecSpec.number(text) else { return nil }
            bitrate = value
        }
        if let text = part(4) {
            guard let value = CodecSpec.number(text) else { return nil }
            packetTimeMilliseconds = Int(value)
        }
        parameters = part(5).map { String($0) }
        options = part(6).map { String($0) }
    }

    /// Whether `format` is the codec: the name without case, and clock rate, channels and format parameters where they
    /// are named. Bit rate, packet time and options belong to an encoder and say nothing about a received format.
    public func matches(_ format: PayloadFormat) -> Bool {
        guard let encodingName = format.encodingName, encodingName.equalsIgnoringASCIICase(name) else { return false }
        if let parameters, parameters != format.parameters { return false }
        guard clockRate != nil || channels != nil else { return true }
        return (clockRate ?? format.clockRate) == format.clockRate && (channels ?? 1) == format.channels
    }

    private static func number(_ text: Substring) -> UInt32? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt32(text)
    }
}
