import Crypto
import Foundation

/// Bytes that nobody may see: overwritten when the last copy goes, compared in constant time, printed as nothing.
///
/// The storage is swift-crypto's `SymmetricKey`, which wipes itself; this type adds that neither a description, a
/// dump nor a mirror shows what is inside.
public struct Secret: Sendable {
  let key: SymmetricKey

  public init(_ key: SymmetricKey) { self.key = key }

  /// Copies bytes that are somebody else's to wipe.
  public init(bytes: some ContiguousBytes) { key = SymmetricKey(data: bytes) }

  public var byteCount: Int { key.bitCount / 8 }

  /// The one way to the bytes; whoever calls it answers for what becomes of them.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result { try key.withUnsafeBytes(body) }
}

extension Secret: Equatable {
  public static func == (a: Self, b: Self) -> Bool { a.key == b.key }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "(secret)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
