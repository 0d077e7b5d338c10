/// Recorded behaviour that is not ours, by scenario, with the reason. The tests fail when one of these passes, so the
/// table can only shrink.
let exceptions: [String: String] = [:]
