extension ReceptionStatistics {
    /// How a packet stood to those before it.
    public enum Arrival: UInt8, Sendable, BitwiseCopyable {
        /// The first one, or newer than all before.
        case inOrder
        /// Older than the newest, but not seen before as far as can be told.
        case reordered
        /// Seen before.
        case duplicate
        /// Far from the others: the sender has restarted if the next one follows it.
        case jump
        /// The second in a row after a jump; counting of losses starts anew here.
        case restart
    }
}
