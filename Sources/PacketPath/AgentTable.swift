internal import Forwarding

/// The ICE agents of a worker, by their names and by their deadlines.
struct AgentTable: ~Copyable {
    typealias Seat = UnsafeMutablePointer<AgentSeat>

    private var seats: [UInt64: Seat] = [:]
    /// A binary heap, the earliest deadline first.
    private var heap: [Seat] = []

    /// What agents call themselves.
    private let software: String

    init(software: String) {
        self.software = software
    }

    deinit {
        for seat in heap { seat.deinitialize(count: 1).deallocate() }
    }

    var count: Int { heap.count }
    /// The earliest deadline; `.max` when there is none.
    var deadline: UInt64 { heap.first?.pointee.deadline ?? .max }
    /// The agent with the earliest deadline.
    var first: Seat? { heap.first }

    /// The agent of `plan`, a new one if need be, for one more port.
    mutating func enter(_ plan: ICEPlan, using generator: inout some RandomNumberGenerator) -> Seat {
        if let seat = seats[plan.agent] {
            seat.pointee.users += 1
            return seat
        }
        let seat = Seat.allocate(capacity: 1)
        seat.initialize(to: AgentSeat(plan, software: software, using: &generator))
        seat.pointee.users = 1
        seat.pointee.place = heap.count
        heap.append(seat)
        seats[plan.agent] = seat
        return seat
    }

    /// A port needs the agent no more; the last one takes it along.
    mutating func leave(_ seat: Seat) {
        seat.pointee.users -= 1
        guard seat.pointee.users == 0 else { return }
        seats[seat.pointee.id] = nil
        let place = seat.pointee.place
        let last = heap.removeLast()
        if last != seat {
            put(last, at: place)
            rise(last)
            sink(last)
        }
        seat.deinitialize(count: 1).deallocate()
    }

    /// The agent wants to be called at `deadline`.
    mutating func schedule(_ seat: Seat, at deadline: UInt64) {
        guard deadline != seat.pointee.deadline else { return }
        seat.pointee.deadline = deadline
        rise(seat)
        sink(seat)
    }

    private mutating func put(_ seat: Seat, at place: Int) {
        heap[place] = seat
        seat.pointee.place = place
    }

    private mutating func rise(_ seat: Seat) {
        while seat.pointee.place > 0 {
            let place = seat.pointee.place
            let parent = heap[(place - 1) / 2]
            guard seat.pointee.deadline < parent.pointee.deadline else { return }
            put(seat, at: parent.pointee.place)
            put(parent, at: place)
        }
    }

    private mutating func sink(_ seat: Seat) {
        while true {
            let place = seat.pointee.place
            var child = 2 * place + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1].pointee.deadline < heap[child].pointee.deadline { child += 1 }
            let earlier = heap[child]
            guard earlier.pointee.deadline < seat.pointee.deadline else { return }
            put(seat, at: child)
            put(earlier, at: place)
        }
    }
}
