/// A buffer's new place, which its exporter has made ready, and how the bytes get there.
///
/// None of the functions takes a reservation. One of `finish` and `undo` is called, once; nobody uses the other place then.
public struct Relocation: Sendable {
  /// Where the buffer is from now on; of the same length.
  public let ranges: RangeList
  /// Its bytes there, where this process has them.
  public let backing: Backing?
  /// Copies the bytes. May run long after, on another thread.
  public let copy: @Sendable () throws(BufferError) -> Void
  /// The bytes are over there: the old place is given back.
  public let finish: @Sendable () -> Void
  /// The buffer stays where it was: the new place is given back.
  public let undo: @Sendable () -> Void

  public init(
    _ ranges: RangeList, _ backing: Backing?, copy: @escaping @Sendable () throws(BufferError) -> Void, finish: @escaping @Sendable () -> Void,
    undo: @escaping @Sendable () -> Void
  ) {
    (self.ranges, self.backing, self.copy, self.finish, self.undo) = (ranges, backing, copy, finish, undo)
  }
}
