import Primitives

/// Puts a key and the fixed part of its nonces into a slot. PCIe 6.0 section 6.33.3, KEY_PROG. The message is a secret.
public struct KeyProgram: PCIProtocolMessage, CustomStringConvertible, CustomReflectable {
  public static let keyByteCount = 32
  public static let initialByteCount = 8

  public let target: KeyTarget
  public let key: Secret
  /// IFV, the invocation field that the nonces start from.
  public let initial: Secret

  /// Nil unless key and field have their lengths.
  public init?(_ target: KeyTarget, key: Secret, initial: Secret) {
    guard key.byteCount == Self.keyByteCount, initial.byteCount == Self.initialByteCount else { return nil }
    (self.target, self.key, self.initial) = (target, key, initial)
  }

  public init(_ bytes: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(bytes)
    target = try KeyTarget(from: &reader, .program)
    key = Secret(bytes: try reader.bytes("key", Self.keyByteCount))
    initial = Secret(bytes: try reader.bytes("initial field", Self.initialByteCount))
    try reader.finish()
  }

  public var bytes: [UInt8] {
    var writer = WireWriter()
    target.encode(into: &writer, .program)
    key.withUnsafeBytes { writer.append($0) }
    initial.withUnsafeBytes { writer.append($0) }
    return writer.bytes
  }

  /// Of the slot alone: two keys are compared where they are used, in constant time.
  public func hash(into hasher: inout Hasher) { hasher.combine(target) }
  public var description: String { "KeyProgram(\(target), key: (secret))" }
  public var customMirror: Mirror { Mirror(self, children: ["target": target]) }
}
