/// All rules in the order in which they are asked; the first one that has something to say explains the direction.
/// Where none has, media passes.
///
/// The order follows a packet, and what must be true before it can move at all comes first:
///
/// 1. *Is media due?* What was agreed or asked for explains silence completely, whatever else may be.
/// 2. *Does the sender's leg work?* Only asked while nothing comes: media that passes proves that checks, handshake
///    and keys are well. Within a leg later steps rest on earlier ones, so a missing pair explains a missing handshake,
///    and that missing keys; but what is proven (a wrong certificate, a goodbye) goes before what is merely missing.
/// 3. *What comes instead?* Packets that are refused say more than packets that do not come.
/// 4. *Is it too early?* Everything after this point concludes from what has not happened.
/// 5. *Nothing, or nothing more.*
/// 6. *Does it leave?* The receiver's leg, by the same rules as the sender's, then the way out.
/// 7. *Does it arrive?* What the network and the receiver's reports say.
/// 8. *Can it be understood?* Codecs, encryption, loss. Faults before blemishes, so that a blemish never hides a fault.
enum RuleTable {
    static let rules: [Rule] =
        AgreementRules.rules
        + ArrivalRules.afterOffers + LegRules.rules.map(\.ofSender) + ArrivalRules.instead
        + [AgreementRules.tooEarly]
        + LegRules.pending.map(\.ofSender) + ArrivalRules.nothing
        + LegRules.rules.map(\.ofReceiver) + WayOutRules.early + LegRules.pending.map(\.ofReceiver)
        + WayOutRules.rules
        + FarEndRules.rules
        + ContentRules.faults + ContentRules.blemishes
        + [AgreementRules.ending]
}
