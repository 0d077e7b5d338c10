import Glibc

/// Ends the process with `status`, as a function that main-actor rules know nothing of.
func exitProcess(_ status: Int32) -> Never { exit(status) }

/// The kernel's text for an error number.
func errorText(_ number: Int32) -> String { String(cString: strerror(number)) }

/// The value of an environment variable.
func environmentValue(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Writes all of `text` to a descriptor; gives up silently when the reader is gone.
func writeText(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
}

/// The same for octets.
func writeOctets(_ octets: [UInt8], to descriptor: Int32) {
    octets.withUnsafeBytes { writeAll($0, to: descriptor) }
}

private func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes
    while let start = rest.baseAddress, !rest.isEmpty {
        let count = write(descriptor, start, rest.count)
        if count > 0 {
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        } else if count == 0 || errno != EINTR {
            return
        }
    }
}

/// Writes the one line that says why the program ends.
func complain(_ line: String) { writeText("millrace: \(line)\n", to: STDERR_FILENO) }
