/// What a procedure does when a step is refused because something is busy.
public enum BusyPolicy: Small {
  /// The task stays where it is and tries again.
  case wait
  /// The caller gets the error; locks that the task still holds stay held.
  case abandon
  case jump
}

/// What a procedure does when a step is refused for good.
public enum ErrorPolicy: Small {
  case abandon
  case ignore
  case jump
  /// KVM_BUG_ON: the VM is dead, and the procedure goes on to release what it had.
  case kill
  /// The defect of testing "busy" by a bit that every error has: an endless retry. private-MMIO RFC 2025, defect 11.
  case retry
}

/// A step of a procedure, compiled: positions are indices into the playbook, names are kept elsewhere.
public struct PlaybookLine: Hashable, BitwiseCopyable, Sendable {
  public var step = Step.nothing
  public var procedure = Procedure.none
  /// Once for every page (or unit of memory), the cursor moving.
  public var isRepeated = false
  /// No way leads from here to an end of the procedure.
  public var isEndless = false
  /// Whoever reports success from here says that what the procedure is there for is so.
  public var hasPurpose = false
  public var condition = Condition.always
  public var expects = true
  public var onBusy = BusyPolicy.wait
  public var onError = ErrorPolicy.abandon
  public var busyTarget: UInt16 = 0
  public var errorTarget: UInt16 = 0
  /// Where to go afterwards: the next line, a jump's target, or 0 for the end of the procedure.
  public var next: UInt16 = 0
  public init() {}
}

/// All procedures of one host, compiled, with the faults already edited in. Position 0 is idle.
public struct Playbook: Hashable, Sendable {
  public static let capacity = 512

  @usableFromInline var lines = [PlaybookLine()]
  /// Of each line, whether it may fail for no reason that a rule knows.
  @usableFromInline var fallible = [false]
  @usableFromInline var entries = [UInt16](repeating: 0, count: Procedure.allCases.count)
  /// Lines in use, line 0 included.
  @inlinable public var count: Int { lines.count }

  public init() {}

  /// Adds a compiled procedure; its `next` and target positions are already absolute. False when the book is full.
  /// - Parameter fallible: of each line, whether `failStep` is for it; of none, where there are fewer.
  public mutating func add(_ procedure: Procedure, _ compiled: [PlaybookLine], fallible: [Bool] = []) -> Bool {
    guard count + compiled.count <= Self.capacity, !compiled.isEmpty else { return compiled.isEmpty }
    entries[Int(procedure.code)] = UInt16(count)
    lines += compiled
    self.fallible += compiled.indices.map { fallible.indices.contains($0) && fallible[$0] }
    return true
  }

  /// The first line of a procedure; 0 where this host has no such procedure.
  @inlinable public func entry(of procedure: Procedure) -> UInt16 { entries[Int(procedure.code)] }
  @inlinable public subscript(_ position: UInt16) -> PlaybookLine { lines[Int(position)] }
  @inlinable public func isFallible(at position: UInt16) -> Bool { fallible[Int(position)] }
}
