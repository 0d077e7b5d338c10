internal import Bencode
internal import Negotiation
internal import NetTypes

extension OptionGroup {
    /// Calls, parties, and what the message itself is (ng-protocol §5.4, Identification).
    static let identification = OptionGroup(
        keys: [
            OptionKey(
                "sdp",
                .value { (reader, _, value) throws(NGErrorText) in
                    if let octets = value.octets { reader.request.sdp = octets }
                }),
            .text("call-id") { $0.callID = $1 },
            .text("from-tag") { $0.fromTag = $1 },
            .text("to-tag") { $0.toTag = $1 },
            .text("via-branch") { $0.viaBranch = $1 },
            .text("label") { $0.options.parties.label = $1 },
            .text("set-label") { $0.options.parties.setLabel = $1 },
            .text("to-label") { $0.options.parties.toLabel = $1 },
            .text("metadata") { $0.options.parties.metadata = $1 },
            .text("xmlrpc-callback") { $0.options.parties.xmlrpcCallback = $1 },
            OptionKey(
                "address",
                .text { request, text in
                    request.options.parties.address = IPAddress(text)
                    request.options.parties.isAddressUnreadable = request.options.parties.address == nil
                    return request.options.parties.address != nil
                }),
            OptionKey(
                "supports",
                .words { request, word in
                    guard word.folded == "load-limit" else { return false }
                    request.supportsLoadLimit = true
                    return true
                }),
            OptionKey(
                "limit",
                .integer { request, limit in
                    request.listLimit = limit < 0 ? .negative : .count(limit)
                    return true
                }),
            OptionKey(
                "all",
                .words { request, word in
                    switch word.folded {
                    case "all": request.options.parties.selectsAll = true
                    case "none": request.options.parties.selectsAll = false
                    case "offer-answer", "flows": request.options.parties.flows = .dialogue
                    case "except-offer-answer", "not-offer-answer", "non-offer-answer":
                        request.options.parties.flows = .subscriptions
                    default: return false
                    }
                    return true
                }),
            OptionKey(
                "sip-message-type",
                .words { request, word in
                    switch word.folded {
                    case "request", "sip-request": request.options.parties.sipMessageType = .request
                    case "reply", "sip-reply", "sip-response": request.options.parties.sipMessageType = .reply
                    default: return false
                    }
                    return true
                }),
            OptionKey(
                "sip-code",
                .integer { request, code in
                    request.options.parties.sipCode = code
                    return true
                }),
            listOfDictionaries("medias", of: [.create, .transform]),
            listOfDictionaries("tags", of: [.mesh]),
        ],
        flags: [
            OptionFlag("all") { $0.options.parties.selectsAll = true },
            OptionFlag("directional") { $0.options.parties.isDirectional = true },
            OptionFlag("provisional") { $0.options.parties.isProvisional = true },
            OptionFlag("new-branch") { $0.options.parties.isNewBranch = true },
            OptionFlag("debug") { $0.options.parties.isDebugging = true },
        ])

    /// A key of `commands` whose structure is checked here and whose contents are the command's business. Other
    /// commands do not look at it.
    private static func listOfDictionaries(_ name: String, of commands: Set<NGCommand>) -> OptionKey {
        OptionKey(
            name,
            .value { (reader, spelled, value) throws(NGErrorText) in
                if UnsupportedOptions.contains(key: name) { reader.noteUnsupported(spelled) }
                guard commands.contains(reader.request.command) else { return }
                guard let members = value.list else { throw .wrongType }
                guard members.allSatisfy({ $0.dictionary != nil }) else { throw .wrongContent }
            })
    }
}

extension OptionKey {
    /// A key whose text is kept as it is.
    static func text(_ name: String, _ keep: @escaping @Sendable (inout NGRequest, String) -> Void) -> OptionKey {
        OptionKey(
            name,
            .text { request, text in
                keep(&request, text)
                return true
            })
    }
}
