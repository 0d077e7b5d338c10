/// What tells the captures of a relay from those of other programs, and their parts from each other.
public enum CaptureMarks {
    /// The program that wrote the section.
    public static let application = "millrace"
    /// Name of the interface with datagrams as they were on the wire.
    public static let wire = "wire"
    /// Name of the interface with the media of encrypted legs without its encryption.
    public static let clear = "clear"
    /// Name of the interface with what the relay made up: SDP as SIP messages, announcements, events.
    public static let relay = "relay"
    /// Bit that tells the ports of clear media from those of the wire: a program that follows streams by their
    /// addresses would mix both up otherwise.
    public static let clearPortBit: UInt16 = 0x8000
    /// Begins the comment with the ng request, as JSON, that an SDP came in with.
    public static let request = "ng request: "
    /// Begins the comment of a packet that the relay dropped; the reason follows.
    public static let dropped = "dropped: "
    /// Comment of an SDP by what it is: of an offer or an answer, as received or as sent on.
    public static func description(isAnswer: Bool, isRewritten: Bool) -> String {
        "SDP of the \(isAnswer ? "answer" : "offer") as \(isRewritten ? "sent on" : "received")"
    }
}
