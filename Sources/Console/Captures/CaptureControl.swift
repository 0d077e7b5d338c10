public import CallControl
public import Recording

/// Captures of live calls by their call-id. It gives out what people say to each other, so it belongs behind a door of
/// its own, such as a local control socket, and never behind the ng protocol.
public struct CaptureControl: Sendable {
    private let controller: CallController
    private let service: CaptureService

    /// Captures by `service` of the calls of `controller`.
    public init(controller: CallController, service: CaptureService) {
        self.controller = controller
        self.service = service
    }

    /// Begins a capture of a call: the bytes of a pcapng file, beginning with what the flight recorder knows, until the
    /// call ends, a limit is reached or the stream is finished or cancelled.
    public func start(callID: String, _ limits: CaptureLimits = CaptureLimits()) throws(CaptureRefusal) -> CaptureStream
    {
        let result = controller.withRecordedCall(callID) { call, past -> Result<CaptureStream, CaptureRefusal> in
            do throws(CaptureRefusal) {
                return .success(try service.start(call, past: past, limits: limits))
            } catch {
                return .failure(error)
            }
        }
        guard let result else { throw .unknownCall }
        return try result.get()
    }

    /// Ends a capture by its number; `false` when there is none of that number.
    public func finish(_ number: UInt64) -> Bool { service.finish(number) }
}
