import Crypto

/// The secrets from KEY_EXCHANGE_RSP to FINISH_RSP. DSP0274 1.2 section 12.2.
public struct HandshakeSecrets: Sendable {
  package let secret: Secret
  public let request: DirectionSecret
  public let response: DirectionSecret
  public let requesterFinished: FinishedKey
  public let responderFinished: FinishedKey
  let schedule: KeySchedule

  /// `agreed` is what the key exchange gave; `th1` the session's transcript with the signature of KEY_EXCHANGE_RSP.
  public init(agreed: Secret, th1: DigestValue, version: SPDMVersion) {
    schedule = KeySchedule(version: version, hash: th1.algorithm)
    secret = schedule.extract(salt: schedule.zeros, agreed)
    request = DirectionSecret(secret: schedule.derive(secret, "req hs data", transcript: th1), schedule: schedule)
    response = DirectionSecret(secret: schedule.derive(secret, "rsp hs data", transcript: th1), schedule: schedule)
    requesterFinished = FinishedKey(secret: schedule.derive(request.secret, "finished"), hash: schedule.hash)
    responderFinished = FinishedKey(secret: schedule.derive(response.secret, "finished"), hash: schedule.hash)
  }

  /// The next secrets, when FINISH_RSP is in the transcript.
  public func application(th2: DigestValue) -> ApplicationSecrets {
    let master = schedule.extract(salt: schedule.derive(secret, "derived"), schedule.zeros)
    return ApplicationSecrets(
      master: master, request: DirectionSecret(secret: schedule.derive(master, "req app data", transcript: th2), schedule: schedule),
      response: DirectionSecret(secret: schedule.derive(master, "rsp app data", transcript: th2), schedule: schedule),
      exporter: schedule.derive(master, "exp master", transcript: th2))
  }
}
