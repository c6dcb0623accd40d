/// Whose the memory of a buffer is.
public enum MemoryCustody: Hashable, CaseIterable, BitwiseCopyable, Sendable {
  /// The importers'.
  case lent
  /// Nobody's: the buffer is revoked, and somebody who was late may use it still.
  case withheld
  /// The exporter's, who does with it what he likes.
  case takenAway
  /// The exporter's, and whoever was late reaches nobody by its old addresses.
  case cut
}
