import Bencode
import NetTypes
import Synchronization

/// The smallest relay that can hold one call: it answers ng requests on one socket and moves media between two others in
/// the way a test wants.
final class FakeRelay: Sendable {
    enum Behaviour {
        case relays
        case isSilent
        case echoes
        case losesEveryTenth
        case refusesCalls
    }

    private struct State {
        var callerPort: UInt16 = 0
        var calleePort: UInt16 = 0
        var packets = 0
        var commands: [String] = []
    }

    private let behaviour: Behaviour
    private let control = TestSocket()
    private let towardsCaller = TestSocket()
    private let towardsCallee = TestSocket()
    private let state = Mutex(State())
    private let loops = Mutex<[BackgroundLoop]>([])

    init(_ behaviour: Behaviour) {
        self.behaviour = behaviour
        let started = [
            BackgroundLoop { [unowned self] in answer() },
            BackgroundLoop { [unowned self] in forward(from: towardsCaller, to: towardsCallee, \.calleePort) },
            BackgroundLoop { [unowned self] in forward(from: towardsCallee, to: towardsCaller, \.callerPort) },
        ]
        loops.withLock { $0 = started }
    }

    var address: TransportAddress { control.address }

    /// The commands received, in order.
    var commands: [String] { state.withLock(\.commands) }

    func stop() { for loop in loops.withLock({ $0 }) { loop.stop() } }

    private func answer() {
        guard let (octets, port) = control.receive(), let space = octets.firstIndex(of: UInt8(ascii: " ")),
            let request = try? BencodeValue.decode(octets[(space + 1)...]).value.dictionary,
            let command = request.first("command")?.text
        else { return }
        state.withLock { $0.commands.append(command) }
        control.send(Array(octets[...space]) + reply(to: command, request).encoded, to: port)
    }

    private func reply(to command: String, _ request: BencodeDictionary) -> BencodeValue {
        if behaviour == .refusesCalls, command == "offer" {
            return ["result": "error", "error-reason": "Ran out of ports"]
        }
        guard let sdp = request.first("sdp")?.text, let port = mediaPort(sdp) else { return ["result": "ok"] }
        let shown = state.withLock { state in
            if command == "offer" {
                state.callerPort = port
                return towardsCallee.port
            }
            state.calleePort = port
            return towardsCaller.port
        }
        let answer =
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio \(shown) RTP/AVP 0\r\nc=IN IP4 127.0.0.1\r\n"
        return ["sdp": .text(answer), "result": "ok"]
    }

    private func mediaPort(_ sdp: String) -> UInt16? {
        sdp.split(whereSeparator: \.isNewline).first { $0.hasPrefix("m=") }?.split(separator: " ")[1].description
            .withCString { UInt16(String(cString: $0)) }
    }

    private func forward(from input: TestSocket, to output: TestSocket, _ target: any KeyPath<State, UInt16> & Sendable)
    {
        guard let (octets, source) = input.receive() else { return }
        let (port, number) = state.withLock { state in
            state.packets += 1
            return (state[keyPath: target], state.packets)
        }
        switch behaviour {
        case .isSilent, .refusesCalls: break
        case .echoes: input.send(octets, to: source)
        case .losesEveryTenth where number.isMultiple(of: 10): break
        case .relays, .losesEveryTenth: output.send(octets, to: port)
        }
    }
}
