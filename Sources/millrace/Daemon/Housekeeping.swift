import CallControl
import Console
import Glibc
import ServiceLifecycle

/// Once a second: ends calls whose time is over, measures the machine for the limits on new calls, and ends a drained
/// relay that has become empty.
struct Housekeeping: Service {
    let controller: CallController
    let departure: Departure

    func run() async {
        let (controller, departure) = (controller, departure)
        await cancelWhenGracefulShutdown {
            var meter = MachineMeter()
            while !Task.isCancelled {
                controller.tick(meter.measure())
                if departure.endsWhenEmpty, controller.callCount == 0 { kill(getpid(), SIGTERM) }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
