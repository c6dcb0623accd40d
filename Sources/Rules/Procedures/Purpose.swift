/// What a procedure is there for, as something of which there is more once it was done. A procedure may find it done already, or come to an error:
/// somewhere it has to do it by a step of its own and say so, and neither report may lie.
extension Procedure {
  /// Completes `NAME reports success and has done it: `; nil where what it does is owed by another name (that a page is reached, that the VM
  /// is released, a question's answer), whoever does it, or comes before the search.
  public var purpose: String? {
    switch self {
    case .none, .createVM, .relay, .faultShared, .faultPrivate, .teardown: nil
    case .connect: "an IDE stream goes in both directions"
    case .open: "the device is open"
    case .export: "the BAR is a buffer that others can import"
    case .bind: "the interface is bound to the VM, and its pages of TEE memory are declared"
    case .accept: "the interface has its trusted DMA entry"
    case .unbind: "the firmware has no interface any more"
    case .reset: "the function is out of a reset, or in D0 again"
    case .memoryOff: "COMMAND.MEM is off"
    case .memoryOn: "COMMAND.MEM is on"
    case .powerDown: "the function is in D3hot"
    case .powerUp: "the function is in D0"
    case .convert: "a unit of guest memory is private no more"
    case .close, .vmmCrash: "the device is closed"
    case .disconnect: "there is no SPDM session with the device"
    }
  }

  /// Whether a report says something of it: success that it is so, an error that it is not. A fault is simply met again, and what an end
  /// owes is asked of it in any case.
  public var reportsItsPurpose: Bool { purpose != nil && self != .close && self != .vmmCrash }

  /// Whether it is one call for something that one has afterwards: whoever hears of an error believes that there is nothing to give back.
  /// `open` and `export` are several, of which the VMM knows how far they came.
  @inlinable public var takes: Bool {
    switch self {
    case .connect, .bind, .accept: true
    default: false
    }
  }

  /// Those that are there for something, in their order: what comes first is likelier the cause.
  public static var purposeful: [Procedure] { allCases.filter { $0.purpose != nil } }
}

extension Stage {
  /// How much there is of what the procedure is for.
  @usableFromInline func yield(of procedure: Procedure, _ d: UInt8, _ book: borrowing Rulebook) -> Int {
    func isSo(_ condition: Condition) -> Bool { holds(condition, d, 0, book) }
    let isDone: Bool
    switch procedure {
    case .convert: return (0..<book.bounds.memory).count { isTaken($0, book) }
    case .none, .createVM, .relay, .faultShared, .faultPrivate, .teardown: isDone = false
    case .connect: isDone = self[stream: d] == .ready
    case .open: isDone = isSo(.functionOpen)
    case .export: isDone = isSo(.exported)
    // A page that is not declared is never mapped: its guest faults there for ever.
    case .bind: isDone = isSo(.bound) && (0..<book.bounds.pages).allSatisfy { !book.parameters.isTEE($0) || holds(.pageDeclared, d, $0, book) }
    case .accept: isDone = isSo(.dmaPresent)
    case .unbind: isDone = !isSo(.interfacePresent)
    // The way from D3hot to D0 is a reset, too, of a function that says so. PCI PM 1.2, No_Soft_Reset.
    case .reset: isDone = !flag(.inReset, d) && self[power: d] == .d0
    case .memoryOff: isDone = !flag(.memoryEnabled, d)
    case .memoryOn: isDone = flag(.memoryEnabled, d)
    case .powerDown: isDone = self[power: d] == .d3hot
    case .powerUp: isDone = self[power: d] == .d0
    case .close, .vmmCrash: isDone = !isSo(.functionOpen)
    case .disconnect: isDone = !isSo(.sessionPresent)
    }
    return isDone ? 1 : 0
  }

  /// Whether what the task's procedure is there for is so.
  @inlinable func isFulfilled(_ procedure: Procedure, by task: UInt8, _ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    guard procedure == .convert else { return yield(of: procedure, d, book) > 0 }
    return isTaken(UInt8(truncatingIfNeeded: self[.taskCursor, Int(task)]), book)
  }

  /// Whether something is left of it, that it is so no more notwithstanding: an entry that is blocked and not removed.
  @inlinable func isLeft(of procedure: Procedure, _ d: UInt8) -> Bool { procedure == .accept && self[dmar: d] != .free }

  /// The unit of guest memory is private no more.
  @inlinable func isTaken(_ unit: UInt8, _ book: borrowing Rulebook) -> Bool {
    unit < book.bounds.memory && !holds(.memoryPrivate, 0, unit, book) && !holds(.memoryBlocked, 0, unit, book)
  }
}
