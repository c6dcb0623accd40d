/// How a value becomes a code, 0, 1, 2, and back.
///
/// A Bool and nearly every enumeration without payload is one byte that counts its cases, so the byte is the code. That is no
/// promise of the language, so it is looked at when the field is declared. Any other type is looked up in the list of its values.
@usableFromInline struct Coding<Value: Equatable & Sendable>: Sendable {
  @usableFromInline enum Kind: Sendable { case byte, number, listed }

  @usableFromInline let kind: Kind
  /// Of numbers: the one with code 0.
  @usableFromInline let least: Int
  @usableFromInline let values: [Value]

  init(listing values: [Value]) {
    self.values = values
    least = 0
    let isByte = MemoryLayout<Value>.size == 1 && values.count <= 256
    kind = isByte && values.enumerated().allSatisfy { unsafeBitCast($1, to: UInt8.self) == $0 } ? .byte : .listed
  }

  @inlinable @inline(__always) func value(of code: UInt64) -> Value {
    switch kind {
    case .byte: unsafeBitCast(UInt8(truncatingIfNeeded: code), to: Value.self)
    case .number: unsafeBitCast(least &+ Int(truncatingIfNeeded: code), to: Value.self)
    case .listed: values[Int(truncatingIfNeeded: code)]
    }
  }

  /// A code beyond the field's last one if the value has none.
  @inlinable @inline(__always) func code(of value: Value) -> UInt64 {
    switch kind {
    case .byte: return UInt64(unsafeBitCast(value, to: UInt8.self))
    // A number below the least one wraps to a code beyond the last.
    case .number: return UInt64(truncatingIfNeeded: unsafeBitCast(value, to: Int.self) &- least)
    case .listed: return values.firstIndex(of: value).map { UInt64($0) } ?? .max
    }
  }
}

extension Coding where Value == Int {
  init(from least: Int) { (kind, self.least, values) = (.number, least, []) }
}
