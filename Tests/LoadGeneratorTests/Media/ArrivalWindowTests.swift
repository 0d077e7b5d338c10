import LoadGenerator
import Testing

struct ArrivalWindowTests {
    @Test(arguments: [
        ([0, 1, 2], [ArrivalWindow.Arrival.inOrder, .inOrder, .inOrder]),
        ([5], [.inOrder]),
        ([0, 2, 1, 3], [.inOrder, .inOrder, .late, .inOrder]),
        ([0, 0, 1, 1], [.inOrder, .duplicate, .inOrder, .duplicate]),
        ([3, 1, 1, 0, 3], [.inOrder, .late, .duplicate, .late, .duplicate]),
        ([0, 64, 1, 0], [.inOrder, .inOrder, .late, .late]),
        ([0, 63, 0], [.inOrder, .inOrder, .duplicate]),
        ([10, 500, 437, 437, 436], [.inOrder, .inOrder, .late, .duplicate, .late]),
    ])
    func ordersAndRepetitions(numbers: [UInt64], arrivals: [ArrivalWindow.Arrival]) {
        var window = ArrivalWindow()
        #expect(numbers.map { window.arrived($0) } == arrivals)
        #expect(window.next == (numbers.max() ?? 0) + 1)
    }
}
