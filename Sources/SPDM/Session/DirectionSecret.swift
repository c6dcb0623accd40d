/// One direction's secret: the keys of its records follow from it, and so does the secret that comes after it.
public struct DirectionSecret: Sendable {
  package let secret: Secret
  let schedule: KeySchedule

  public func keys(_ cipher: RecordCipher) -> RecordKeys {
    RecordKeys(
      cipher: cipher, key: schedule.expand(secret, "key", byteCount: cipher.keyByteCount),
      iv: schedule.expand(secret, "iv", byteCount: cipher.nonceByteCount))
  }

  /// DSP0274 1.2 section 12.6: the old secret cannot be found from the new one.
  public func updated() -> Self { Self(secret: schedule.derive(secret, "traffic upd"), schedule: schedule) }
}
