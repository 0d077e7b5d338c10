/// An SRTP master key with its master salt (RFC 3711 §3.2.1).
///
/// The octets live in one place, however often the value is copied, and are overwritten when the last copy goes.
/// No description, reflection or dump of this type shows them, and comparison takes the same time wherever the
/// octets differ.
public struct MasterKey: Sendable {
    private let storage: Storage
    /// Octets of the key.
    public let keyLength: Int
    /// Octets of the salt.
    public let saltLength: Int

    /// A key whose octets, key first and salt behind it, are written by `fill` into zeroed memory.
    public init<Failure>(
        keyLength: Int, saltLength: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let storage = Storage(count: keyLength + saltLength)
        try fill(storage.bytes)
        self.storage = storage
        self.keyLength = keyLength
        self.saltLength = saltLength
    }

    /// A key for `suite` with these octets, key first and salt behind it; `nil` unless they are as many as the
    /// suite wants.
    public init?(_ octets: some Collection<UInt8>, for suite: CryptoSuite) {
        guard octets.count == suite.keyingLength else { return nil }
        self.init(keyLength: suite.masterKeyLength, saltLength: suite.masterSaltLength) { $0.copyBytes(from: octets) }
    }

    /// A fresh key for `suite` from a generator that must be cryptographically secure.
    ///
    /// - Parameter wholeGroups: Only as many octets are drawn as whole groups of base64 hold (RFC 4648 §4); the one or
    ///   two of the salt that are left are zero. A reader that needs padding and gets none takes them for that.
    public init(
        randomFor suite: CryptoSuite, wholeGroups: Bool = false, using generator: inout some RandomNumberGenerator
    ) {
        self.init(keyLength: suite.masterKeyLength, saltLength: suite.masterSaltLength) { bytes in
            let drawn = wholeGroups ? bytes.count - bytes.count % 3 : bytes.count
            for index in 0..<drawn { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
        }
    }

    /// Reads the octets, key first and salt behind it. The memory is valid during the call only.
    public func withUnsafeBytes<Result: ~Copyable, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeRawBufferPointer(storage.bytes))
    }

    /// Whether key and salt have the lengths that `suite` wants.
    public func fits(_ suite: CryptoSuite) -> Bool {
        keyLength == suite.masterKeyLength && saltLength == suite.masterSaltLength
    }

    /// The memory of one key.
    ///
    /// Unchecked: written only before the one initialiser that makes it has returned, and freed by the last owner.
    private final class Storage: @unchecked Sendable {
        let bytes: UnsafeMutableRawBufferPointer

        init(count: Int) {
            bytes = .allocate(byteCount: count, alignment: 16)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }

        deinit {
            overwrite(bytes)
            bytes.deallocate()
        }
    }
}

extension MasterKey: Equatable {
    /// Whether key and salt are the same, in time that does not depend on where they differ.
    public static func == (left: MasterKey, right: MasterKey) -> Bool {
        guard left.keyLength == right.keyLength, left.saltLength == right.saltLength else { return false }
        return left.withUnsafeBytes { first in
            right.withUnsafeBytes { second in haveEqualOctets(first, second) }
        }
    }
}

extension MasterKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The lengths alone.
    public var description: String { "MasterKey(\(keyLength) + \(saltLength) octets)" }
    /// The lengths alone.
    public var debugDescription: String { description }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Writes zeros. Not inlined, so that the stores are not taken for dead ones before the memory is freed.
@inline(never)
func overwrite(_ bytes: UnsafeMutableRawBufferPointer) {
    for index in bytes.indices { bytes[index] = 0 }
}

/// Compares two buffers of one length without a branch on what is in them.
@inline(never)
func haveEqualOctets(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Bool {
    guard first.count == second.count else { return false }
    var difference: UInt8 = 0
    for index in first.indices { difference |= first[index] ^ second[index] }
    return difference == 0
}
