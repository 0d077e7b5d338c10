/// Why a description cannot be used.
public enum SDPError: Error, Sendable, Equatable {
    /// The text is not a description: line `line`, counted from 1, does not hold what is expected there.
    case malformed(line: Int, expected: Expectation)
    /// The description is larger than ``SDPLimits`` allow; found at line `line`, counted from 1.
    case limitExceeded(Limit, line: Int)
    /// The description can be read but not relayed: media section `section`, counted from 0, lacks something.
    /// Only ``SessionDescription/validateForRelay()`` throws it.
    case incomplete(section: Int, Deficiency)

    /// What should have been there.
    public enum Expectation: String, Sendable, Equatable, CaseIterable {
        /// `v=0` as first line.
        case version
        /// A letter and `=`.
        case typeAndEqualsSign
        /// One of `v o s i u e p c b t r z k a m`.
        case knownType
        /// No NUL and no CR but the one before LF (RFC 8866 §9 `byte-string`).
        case plainOctets
        /// No further line behind an empty one in front of the first section, or no empty line at all.
        case noBlankLine
        /// `<username> <sess-id> <sess-version> IN <addrtype> <address>`
        case origin
        /// `IN <addrtype> <address>`
        case connectionData
        /// `<media> <port>[/<count>] <proto> <fmt>…`
        case media
        /// 0…65535
        case port
        /// 1…65535
        case portCount
        /// `IN`
        case networkType
        /// `IP4` or `IP6`
        case addressType
        /// An address of the family that stands before it, no host name.
        case address
        /// No multicast address, no TTL, no address count.
        case unicastAddress
        /// Only one `o=` in the description.
        case singleOrigin
        /// Only one `c=` at session level and in each section.
        case singleConnectionData
    }

    /// Which of the ``SDPLimits``.
    public enum Limit: String, Sendable, Equatable, CaseIterable {
        case totalBytes
        case lineLength
        case linesPerSection
        case mediaSections
        case formatsPerSection
    }

    /// What a media section lacks.
    public enum Deficiency: Sendable, Equatable {
        /// `c=`, in the section or at session level.
        case connectionData
        /// An RTP section lists a format that is not a number 0…127.
        case payloadType(String)
    }

    /// Whether the description was readable but not complete, which clients are told apart from unreadable.
    public var isIncomplete: Bool {
        if case .incomplete = self { true } else { false }
    }
}

extension SDPError: CustomStringConvertible {
    /// One line for a log.
    public var description: String {
        switch self {
        case .malformed(let line, let expected): "line \(line): expected \(expected.rawValue)"
        case .limitExceeded(let limit, let line): "line \(line): more than the allowed \(limit.rawValue)"
        case .incomplete(let section, .connectionData): "media section \(section): no connection data"
        case .incomplete(let section, .payloadType(let text)): "media section \(section): payload type \"\(text)\""
        }
    }
}
