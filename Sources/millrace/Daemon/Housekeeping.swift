import CallControl
import ServiceLifecycle

/// Once a second: ends calls whose time is over and measures the machine for the limits on new calls.
struct Housekeeping: Service {
    let controller: CallController

    func run() async {
        let controller = controller
        await cancelWhenGracefulShutdown {
            var meter = MachineMeter()
            while !Task.isCancelled {
                controller.tick(meter.measure())
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
