/// Chooses payload type numbers for formats that the relay adds to a list.
///
/// A party that knows a number for a codec, from its own last document or the last offer to it, is told the same one again,
/// and those that it knows are not given a second meaning (RFC 3264 §8.3.2) while there are others.
public struct PayloadNumbers: Sendable {
    /// The formats that the receiver of the list has named, or was told, before.
    private let known: [PayloadFormat]

    /// Numbers for a party that knows the formats `known`.
    public init(known: [PayloadFormat] = []) {
        // RTP has seven bits for them; a list may name others.
        self.known = known.filter { $0.payloadType < 128 }
    }

    /// The number for `format` in a list where those of `lists` are taken: the one that the party knows it by, else the
    /// one assigned to the codec, else the first free dynamic one; `nil` when there is none.
    func number(for format: PayloadFormat, besides lists: [PayloadFormat]...) -> UInt8? {
        func isFree(_ number: UInt8) -> Bool {
            !lists.contains { list in list.contains { $0.payloadType == number } }
        }
        if let number = known.first(where: { $0.isSameCodec(as: format) && isFree($0.payloadType) })?.payloadType {
            return number
        }
        if let number = format.assignedNumber, isFree(number) { return number }
        let dynamic = UInt8(96)...127
        return dynamic.first { number in isFree(number) && !known.contains { $0.payloadType == number } }
            ?? dynamic.first(where: isFree)
    }
}
