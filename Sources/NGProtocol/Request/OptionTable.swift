/// All keys and flags that mean something to a request, by folded name.
enum OptionTable {
    private static let groups: [OptionGroup] = [
        .identification, .addressing, .transport, .ice, .dtls, .sdes, .osrtp, .rtcp, .bundle, .rewriting, .codecs,
        .media, .recording, .deletion,
    ]

    static let keys = Dictionary(groups.flatMap { $0.keys }.map { ($0.name, $0) }) { first, _ in first }

    static let flags = Dictionary(groups.flatMap { $0.flags }.map { ($0.name, $0) }) { first, _ in first }

    /// Beginnings of flags that are a key with a word (ng-protocol §5.1), folded. A longer one stands before a shorter
    /// one that it begins with.
    static let flagPrefixes: [(prefix: String, key: String)] = [
        ("replace-", "replace"),
        ("rtcp-mux-", "rtcp-mux"),
        ("bundle-", "bundle"),
        ("sdes-", "sdes"),
        ("osrtp-", "osrtp"),
        ("t38-", "t.38"),
        ("t.38-", "t.38"),
        ("codec-strip-", "codec-strip"),
        ("codec-offer-", "codec-offer"),
        ("codec-except-", "codec-except"),
        ("codec-ignore-", "codec-ignore"),
        ("codec-transcode-", "codec-transcode"),
        ("transcode-", "codec-transcode"),
        ("codec-mask-", "codec-mask"),
        ("codec-accept-", "codec-accept"),
        ("codec-consume-", "codec-consume"),
        ("codec-set-", "codec-set"),
        ("sdp-attr-add-", "sdp-attr-add"),
        ("sdp-attr-remove-", "sdp-attr-remove"),
        ("sdp-attr-substitute-", "sdp-attr-substitute"),
        ("endpoint-learning-", "endpoint-learning"),
        ("from-tags-", "from-tags"),
    ]
}
