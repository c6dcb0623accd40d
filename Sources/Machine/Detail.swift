import Rules

/// What bytes an action moves. The rules decide about units and pages; which bytes of them is the scenario's business.
///
/// An action without detail touches the last line of a unit, or the first register of a page, so that replays of bare actions
/// move bytes too.
public struct Detail: Hashable, Sendable {
  public enum MemoryOperation: Hashable, Sendable {
    /// Offsets count from the start of the unit.
    case read(UInt64, count: Int)
    case write(UInt64, [UInt8])
  }
  public enum RegisterOperation: Hashable, Sendable {
    /// Offsets count from the start of the page; 1, 2, 4 or 8 bytes.
    case load(UInt64, width: Int)
    case store(UInt64, width: Int, UInt64)
  }

  public var memory: [MemoryOperation]
  public var registers: [RegisterOperation]
  /// Put into the event as it is.
  public var note: String?

  public init(memory: [MemoryOperation] = [], registers: [RegisterOperation] = [], note: String? = nil) {
    (self.memory, self.registers, self.note) = (memory, registers, note)
  }
}

/// What an attempt came to.
public struct Attempt: Sendable {
  /// The rules' answer, or the property that the new state breaks.
  public let outcome: Outcome
  public let event: Event
  /// What was read from memory, one piece after the other.
  public let bytes: [UInt8]
  /// What was loaded from registers.
  public let values: [UInt64]

  public var isAccepted: Bool { outcome == .accepted }
}
