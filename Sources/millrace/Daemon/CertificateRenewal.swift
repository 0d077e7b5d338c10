import CallControl
import DTLS
import DaemonConfiguration
import DataPlane
import Forwarding
import Logging
import ServiceLifecycle

/// Makes a new DTLS certificate after half the lifetime of the last one, so that no call begins with one that is about
/// to expire. Parties that were told of an earlier one stay with it.
struct CertificateRenewal: Service {
    /// How long to wait after a failure, at most.
    private static let patience = 3_600

    let settings: DTLSSettings
    let plane: DataPlane
    let controller: CallController
    let clock: ControlClock
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            var number: UInt64 = 1
            var pause = period
            while true {
                do { try await Task.sleep(for: .seconds(pause)) } catch { return }
                let isRenewed = renew(as: number)
                if isRenewed { number += 1 }
                pause = isRenewed ? period : min(period, CertificateRenewal.patience)
            }
        }
    }

    private var period: Int { settings.certificateLifetime / 2 }

    /// Makes the certificate `number` and has new parties told of it. False when it cannot be made: the last one stays
    /// in use.
    func renew(as number: UInt64) -> Bool {
        do throws(DTLSError) {
            let identity = try DTLSIdentity(
                settings, number: number, nowSeconds: clock.wallMicroseconds() / 1_000_000)
            // The key first: a plan may name the certificate as soon as an SDP does.
            plane.addCertificate(identity.context, number: number)
            controller.useCertificate(identity.certificate)
            logger.info(
                "DTLS certificate renewed",
                metadata: ["fingerprint": "sha-256 \(identity.certificate.fingerprints["sha-256"] ?? "")"])
            return true
        } catch {
            logger.error("DTLS certificate not renewed", metadata: ["reason": "\(error)"])
            return false
        }
    }
}
