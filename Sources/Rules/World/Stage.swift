/// Where the rules are played: the explorer's packed words, or the machine's tables. Both answer to `Field`,
/// so a rule cannot tell which one it changes.
public protocol Stage {
  /// The stored value of `field` at `index` along its axis; for pages the index is `pageIndex(device, page)`.
  subscript(_ field: Field, _ index: Int) -> UInt16 { get set }
  /// The index of a page along the page axis of this storage.
  func pageIndex(_ device: UInt8, _ page: UInt8) -> Int
  /// What others may ask of a task without asking for its line: whether it is in a procedure at all, and in which.
  func isIdle(_ task: UInt8) -> Bool
  func procedure(of task: UInt8, _ book: borrowing Rulebook) -> Procedure
}

extension Stage {
  @inlinable public func isIdle(_ task: UInt8) -> Bool { self[.taskPosition, Int(task)] == 0 }
  @inlinable public func procedure(of task: UInt8, _ book: borrowing Rulebook) -> Procedure {
    book.playbook[self[.taskPosition, Int(task)]].procedure
  }
}

extension Stage {
  @inlinable @inline(__always) func small<S: Small>(_ field: Field, _ index: Int = 0) -> S {
    S(code: UInt8(truncatingIfNeeded: self[field, index]))
  }
  @inlinable @inline(__always) mutating func set(_ field: Field, _ index: Int = 0, _ value: some Small) {
    self[field, index] = UInt16(value.code)
  }
  @inlinable @inline(__always) public func flag(_ field: Field, _ index: UInt8 = 0) -> Bool { self[field, Int(index)] != 0 }
  @inlinable @inline(__always) public mutating func set(_ field: Field, _ index: UInt8 = 0, _ value: Bool) {
    self[field, Int(index)] = value ? 1 : 0
  }
}
