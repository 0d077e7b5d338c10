import CLinuxIO

/// A system call that failed.
public struct SystemError: Error, Equatable, Sendable {
    /// The `errno` value.
    public let code: Int32
    /// Name of the call, such as `bind`.
    public let operation: String

    /// A failure of `operation` with `code`.
    public init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// The result of a call that returns a negative `errno` for failure.
    @discardableResult
    static func check(_ result: Int32, _ operation: String) throws(SystemError) -> Int32 {
        guard result >= 0 else { throw SystemError(code: 0 &- result, operation: operation) }
        return result
    }
}

extension SystemError: CustomStringConvertible {
    /// `bind: Address already in use (98)`
    public var description: String {
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { bytes in
            guard let start = bytes.baseAddress else { return "" }
            lio_error_text(code, start, bytes.count)
            return String(cString: start)
        }
        return "\(operation): \(text) (\(code))"
    }
}
