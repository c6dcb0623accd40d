/// The secrets of a session that stands. DSP0274 1.2 sections 12.3 and 12.5.
public struct ApplicationSecrets: Sendable {
  package let master: Secret
  public let request: DirectionSecret
  public let response: DirectionSecret
  /// For other protocols, who derive keys of their own from it.
  public let exporter: Secret
}
