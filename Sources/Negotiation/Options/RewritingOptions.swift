import MediaFormats

/// Lines of the outgoing SDP that are not about transport.
public struct RewritingOptions: Sendable, Equatable {
    /// The words of `replace`.
    public var replacements: Replacements = []
    /// `original-sendrecv`.
    public var keepsDirection = false
    /// `sdp-media-remove`: media types, lower case, `other` for those that have no name of their own.
    public var removedMedia: Set<String> = []
    /// `sdp-attr`, by section: `none` and `global` are the key `session`, else the media type.
    public var attributes: [String: AttributeManipulation] = [:]
    /// `extmap.strip`, flag `strip-extmap` = `all`.
    public var strippedExtensions: Set<String> = []
    /// `extmap.mask`.
    public var maskedExtensions: Set<String> = []

    /// Words of `replace` with an effect.
    public struct Replacements: OptionSet, Sendable {
        /// One bit for each word.
        public let rawValue: UInt8

        /// Words by their bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// `origin`: our address.
        public static let origin = Replacements(rawValue: 1 << 0)
        /// `origin-full`: address, user name, session and version.
        public static let originFull = Replacements(rawValue: 1 << 1)
        /// `sdp-version`: a version that counts the changes.
        public static let sdpVersion = Replacements(rawValue: 1 << 2)
        /// `force-increment-sdp-ver`: a version that counts the documents.
        public static let forceIncrementSDPVersion = Replacements(rawValue: 1 << 3)
        /// `username`: that of the first document.
        public static let username = Replacements(rawValue: 1 << 4)
        /// `session-name`: that of the first document.
        public static let sessionName = Replacements(rawValue: 1 << 5)
        /// `zero-address`: a held section keeps its address.
        public static let zeroAddress = Replacements(rawValue: 1 << 6)
    }
}

/// `sdp-attr` for one section. Texts stand without `a=`.
public struct AttributeManipulation: Sendable, Equatable {
    /// Lines to append at the end of the section.
    public var add: [String] = []
    /// Patterns of lines to leave out.
    public var remove: [String] = []
    /// Lines to write in the place of others.
    public var substitute: [Substitution] = []

    /// `[from, to]`.
    public struct Substitution: Sendable, Equatable {
        /// Pattern of the line to replace.
        public var from: String
        /// What to write instead.
        public var to: String

        /// Replaces lines matching `from` by `to`.
        public init(from: String, to: String) {
            self.from = from
            self.to = to
        }
    }

    /// Nothing to do.
    public init() {}
}

/// The `codec` dictionary and the flags around it. Entries are codec specs `name[/clock[/channels[/…]]]` as written.
public struct CodecOptions: Sendable, Equatable {
    /// Taken out of the outgoing list.
    public var strip: [String] = []
    /// Exempt from `strip` of all.
    public var except: [String] = []
    /// Exempt from `strip` of all, and put first.
    public var offer: [String] = []
    /// Put back, or added for the relay to convert.
    public var transcode: [String] = []
    /// Taken out, but accepted from the sender.
    public var mask: [String] = []
    /// Like `mask`, with the transcoder on.
    public var consume: [String] = []
    /// Accepted from the sender even if refused by the receiver; `always-transcode` is `all`.
    public var accept: [String] = []
    /// Treated as not offered by the sender.
    public var ignore: [String] = []
    /// Encoder settings.
    public var set: [String] = []
    /// `allow-asymmetric-codecs`.
    public var allowsAsymmetric = false
    /// `allow-no-codec-media`.
    public var allowsEmptyMedia = false
    /// `single-codec`.
    public var isSingle = false
    /// `static-codecs`.
    public var isStatic = false
    /// `reuse-codecs`.
    public var reuses = false
    /// `force-transcoding`: equal codecs, too.
    public var forcesTranscoding = false
    /// `allow-transcoding`
    public var allowsTranscoding = false
    /// `ptime` and `ptime-reverse` in milliseconds.
    public var ptimeMilliseconds: Int?
    /// `ptime-reverse`
    public var reversePtimeMilliseconds: Int?
}

extension CodecOptions {
    /// Whether an entry of `transcode` names something that the relay can decode and encode.
    public static func canTranscode(_ entry: String) -> Bool { CodecSpec(entry)?.isCodable ?? false }

    /// The names of what the relay converts.
    public static var convertibleCodecs: [String] { PayloadFormat.convertibleNames }
}

/// What happens to packets.
public struct MediaOptions: Sendable, Equatable {
    /// `TOS`: 0…255; a negative value leaves the call's value, 256 and more or absence restores the default.
    public var tos: Int?
    /// `drop-traffic`: `start` true, `stop` false.
    public var dropsTraffic: Bool?
    /// Flag `block-DTMF` of an offer or answer: telephone-events of the sender are kept back.
    public var blocksEvents = false
    /// `DTMF-security`: what becomes of telephone-events that are kept back.
    public var eventSecurity: EventSecurity?
    /// A `trigger` was given, which would begin keeping them back.
    public var awaitsTrigger = false
    /// `media-echo`.
    public var echo: Echo?
    /// `record-call`.
    public var records: Recording?
    /// `T.38` words, canonical lower case (`decode`, `force`, `stop`, `fec`, `no-v.17` …).
    public var t38: Set<String> = []

    /// Whether a wish to block telephone-events means so: with a trigger they go on until it is heard.
    public var keepsEventsBack: Bool { (eventSecurity ?? (awaitsTrigger ? .off : .drop)) == .drop }

    /// A word of `DTMF-security`, as far as it makes a difference here.
    public enum EventSecurity: Sendable, Equatable {
        /// They go on.
        case off
        /// They are dropped; so they are with the words that ask for something in their place.
        case drop
    }

    /// A word of `media-echo`.
    public enum Echo: Sendable, Equatable {
        case blackhole
        case forward
        case backward
        case both
    }

    /// A word of `record-call`.
    public enum Recording: Sendable, Equatable {
        case on
        case off
        case discard
    }
}

/// How a call is recorded.
public struct RecordingOptions: Sendable, Equatable {
    /// `recording-file`: path of the recording.
    public var file: String?
    /// `recording-dir`: directory of the recording.
    public var directory: String?
    /// `pause`: on `stop recording`, only interrupt it.
    public var pauses = false
    /// Flag `discard-recording`: nothing of it is kept.
    public var discards = false
}

/// Options of `delete`.
public struct DeletionOptions: Sendable, Equatable {
    /// `delete-delay` in seconds.
    public var delaySeconds: Int?
    /// Flag `fatal`.
    public var isFatal = false
    /// Flag `fast`.
    public var isFast = false
    /// Flag `to-tag`: the to-tag counts.
    public var honoursToTag = false
}
