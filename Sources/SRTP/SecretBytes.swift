internal import COpenSSL

/// Memory for key material, overwritten before it is given back.
struct SecretBytes: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer

    /// Zeroed memory.
    init(count: Int, alignment: Int = 16) {
        bytes = .allocate(byteCount: count, alignment: alignment)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    init(_ octets: some Collection<UInt8>) {
        self.init(count: octets.count)
        bytes.copyBytes(from: octets)
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }

    var count: Int { bytes.count }

    var pointer: UnsafePointer<UInt8>? {
        bytes.baseAddress.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }
    }
}
