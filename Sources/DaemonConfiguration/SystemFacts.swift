public import NetTypes

/// What the configuration depends on outside the command line; gathered by the program so that this module reads
/// no file, asks no resolver and can be tested with any machine.
public struct SystemFacts: Sendable {
    /// Addresses of network interfaces that are up.
    public var addresses: [InterfaceAddress]
    /// Addresses of a host name, the preferred first; none when it does not resolve.
    public var resolve: @Sendable (String) -> [IPAddress]
    /// Reads a file.
    public var readFile: @Sendable (String) -> FileContents

    /// Facts from their parts.
    public init(
        addresses: [InterfaceAddress], resolve: @escaping @Sendable (String) -> [IPAddress],
        readFile: @escaping @Sendable (String) -> FileContents
    ) {
        self.addresses = addresses
        self.resolve = resolve
        self.readFile = readFile
    }
}

/// An address of a network interface.
public struct InterfaceAddress: Sendable, Equatable {
    /// The kernel's name of the interface, as `eth0`.
    public var interface: String
    /// The address.
    public var address: IPAddress

    /// An address of `interface`.
    public init(interface: String, address: IPAddress) {
        self.interface = interface
        self.address = address
    }
}

/// The outcome of reading a file.
public enum FileContents: Sendable, Equatable {
    case bytes([UInt8])
    /// There is no such file.
    case absent
    /// The file is there but cannot be read, for this reason.
    case unreadable(String)
}
