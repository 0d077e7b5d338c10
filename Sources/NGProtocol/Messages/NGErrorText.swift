/// Every `error-reason` of the protocol (ng-protocol §1.9, §2, §4, sdp-behaviour §20), and the texts of warnings. The
/// raw value is the text on the wire. Some are compared by clients letter for letter; they differ in capitals from
/// command to command, and so do these.
public enum NGErrorText: String, Error, Sendable, CaseIterable {
    // Framing.
    case noPayload = "Invalid data (no payload)"
    case invalidFormat = "Invalid NG data format"
    case brokenBencode = "Could not decode bencode dictionary"
    case brokenJSON = "Failed to parse JSON document"
    case jsonRootNotObject = "Could not decode JSON dictionary"
    case noCommand = "Dictionary contains no key \"command\""
    case unknownCommand = "Unrecognized command"
    case replyTooLarge = "Reply does not fit into a datagram"

    // Structural mistakes in `sdp-attr`, `sdp-media-remove`, `medias`, `tags`.
    case unsupportedSDPSection = "unsupported sdp section"
    case wrongContent = "wrong content given"
    case wrongType = "wrong type used"
    case unknownManipulation = "unknown manipulation command"
    case invalidToken = "invalid token given"

    // Missing keys.
    case noSDPBody = "No SDP body in message"
    case noCallID = "No call-id in message"
    case noFromTag = "No from-tag in message"
    case noToTag = "No to-tag in message"

    // Offer and answer.
    case unknownCallID = "Unknown call-id"
    case sdpParseFailed = "Failed to parse SDP"
    case incompleteSDP = "Incomplete SDP specification"
    case sdpRewriteFailed = "Error rewriting SDP"
    case invalidDialogue = "Invalid dialogue association"
    case outOfPorts = "Ran out of ports"
    case parallelSessionLimit = "Parallel session limit reached"

    // Recording.
    case recordingUnavailable = "Recording is not available"

    // Delete (as a warning, or as an error with `fatal`) and list.
    case callOrTagsNotFound = "Call-ID not found or tags didn't match"
    case negativeLimit = "invalid limit, must be >= 0"

    // Selection of parties.
    case unknownCallIDForMedia = "Unknown call-ID"
    case noSuchLabel = "No monologue matching the given label"
    case addressParseFailed = "Failed to parse network address"
    case addressNotMatched = "Failed to match address to any tag"
    case noSuchFromTag = "From-tag given, but no such tag exists"
    case flowToTagNotFound = "Media flow not found (to-tag not found)"
    case flowToLabelNotFound = "Media flow not found (to-label not found)"
    case flowNotSubscribed = "Media flow not found (to-tag not subscribed)"
    case noEligibleSubscriptions = "No eligible media subscriptions found"
    case noParticipant = "No participant party specified"

    // Play and stop media, play DTMF.
    case noMediaFile = "No media file specified"
    case playFileFailed = "Failed to start media playback from file"
    case playBlobFailed = "Failed to start media playback from blob"
    case playDatabaseFailed = "Failed to start media playback from database"
    case notPlaying = "Not currently playing media"
    case musicOnHoldOngoing = "Currently MoH ongoing, ignore stop media."
    case dtmfCodeOutOfRange = "Out of range 'code' specified"
    case noSSRCForDTMF = "No SSRC context present for DTMF injection"
    case noMediaForDTMF = "Monologue has no media capable of DTMF injection"
    case noSinkForDTMF = "There is no sink media capable of DTMF playback"
    case noPayloadTypeInUse = "No RTP payload type found to be in use"
    case noCodecHandler = "No matching codec handler"
    case noCodecSSRCHandler = "No matching codec SSRC handler"
    case noRTPStream = "Media doesn't have an RTP stream"

    // Subscriptions.
    case unknownCallIDs = "Unknown call-ID(s)"
    case noMediasFound = "No medias found (no monologues matched)"
    case subscriptionRequestFailed = "Failed to request subscription"
    case sdpCreationFailed = "Failed to create SDP"
    case toTagNotFound = "To-tag not found"
    case fromTagNotFound = "From-tag not found"
    case subscriptionAnswerFailed = "Failed to process subscription answer"
    case unsubscribeFailed = "Failed to unsubscribe"

    // Connect, mesh, inject, create, transform, cli.
    case mergeTagCollision = "Failed to merge two calls into one (tag collision)"
    case mergeFailed = "Failed to merge two calls into one"
    case unknownMeshCallIDs = "Unknown call ID(s)"
    case meshTagCollision = "Failed to merge calls (tag collision)"
    case meshFromTagNotFound = "Given from-tag not found"
    case meshToTagNotFound = "Given to-tag not found"
    case emptyFromTag = "Empty/missing from-tag"
    case noSourceTag = "No source-tag in message"
    case injectToSelf = "Trying to inject to self"
    case sourceTagNotFound = "Source-tag not found"
    case injectStartFailed = "Failed to start inject"
    case injectStopFailed = "Failed to stop inject"
    case createUnknownCallID = "unknown call-ID"
    case createFromTagNotFound = "from-tag not found"
    case createAnswerFailed = "failed to perform answer"
    case transformLoop = "Transform loop detected"
    case transformFailed = "Failed to set up transform"
    case destinationWithoutFamily = "Destination address without family specified"
    case destinationParseFailed = "Failed to parse destination address"
    case noBody = "No 'body' in message"
}
