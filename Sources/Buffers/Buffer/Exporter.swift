/// Who owns the memory of buffers, and decides where it is and how long it stays.
///
/// The buffer asks; it has done the waiting before. Every function is called under the buffer's reservation unless it says otherwise.
public protocol Exporter: AnyObject, Sendable {
  /// The `exp_name` of `bufinfo`.
  var name: String { get }

  /// What the protection of every mapping of its buffers follows from, besides where they lie.
  var protection: ProtectionTerms { get }

  /// Both waits of a revocation are over, and nobody uses the memory: it may be reset, given away, or closed.
  func takeAway(_ buffer: Buffer, _ held: borrowing Reservation.Held)

  /// A revocation is taken back. When this returns, mapping works again.
  /// - Throws: `.unsupported` where what was taken away does not come back.
  func bringBack(_ buffer: Buffer, _ held: borrowing Reservation.Held) throws(BufferError)

  /// Somebody did not let go in time, and the policy is to take it from them: whoever still uses an old address reaches nothing.
  func cut(_ buffer: Buffer, _ held: borrowing Reservation.Held)

  /// Makes another place ready. The buffer is entered there by who asks, and the bytes are copied when nobody uses the old place.
  /// - Throws: `.unsupported`, `.noRoom`, `.system`; the buffer stays where it is.
  func relocate(_ buffer: Buffer, to placement: Placement, _ held: borrowing Reservation.Held) throws(BufferError) -> Relocation

  /// The last handle is gone. Called once, without the reservation.
  func release(_ buffer: Buffer)
}

extension Exporter {
  public var protection: ProtectionTerms { .plain }
  public func takeAway(_ buffer: Buffer, _ held: borrowing Reservation.Held) {}
  public func bringBack(_ buffer: Buffer, _ held: borrowing Reservation.Held) throws(BufferError) {}
  public func cut(_ buffer: Buffer, _ held: borrowing Reservation.Held) { buffer.backing?.close() }
  public func relocate(_ buffer: Buffer, to placement: Placement, _ held: borrowing Reservation.Held) throws(BufferError) -> Relocation {
    throw BufferError(.unsupported, "the memory of \(name) does not move", buffer: buffer.label)
  }
  public func release(_ buffer: Buffer) { buffer.backing?.close() }
}

/// A place where an exporter can have a buffer: video memory, system memory. The number is the exporter's.
public struct Placement: Hashable, BitwiseCopyable, Sendable, CustomStringConvertible {
  public let value: UInt8
  @inlinable public init(_ value: UInt8) { self.value = value }
  public static let system = Placement(0)
  public static let local = Placement(1)
  public var description: String { self == .system ? "system" : self == .local ? "local" : "placement \(value)" }
}
