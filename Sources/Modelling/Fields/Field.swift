/// A field of the state with one value: a handle, made by ``Schema``, that says where the value lies and how it is written.
///
/// It is good for the states of the model that was made of its schema, and is used as a subscript: `state[buffer]`.
public struct Field<Value: Equatable & Sendable>: Sendable {
  @usableFromInline let place: Place
  @usableFromInline let coding: Coding<Value>

  init(_ place: Place, _ coding: Coding<Value>) { (self.place, self.coding) = (place, coding) }
}

/// A field with a value for each of several things: processes, devices, importers. `state[importer, 2]` is the value of
/// number 2, `state[importer]` are all of them as a collection.
public struct IndexedField<Value: Equatable & Sendable>: Sendable {
  @usableFromInline let place: Place
  @usableFromInline let coding: Coding<Value>

  init(_ place: Place, _ coding: Coding<Value>) { (self.place, self.coding) = (place, coding) }

  /// `0..<count`: what actions are made for, as in `Action("finish", each: importer.indices, …)`.
  public var indices: Range<Int> { 0..<place.count }
}

/// Where the values of a field lie in the state, seen as a string of bits.
@usableFromInline struct Place: Sendable {
  /// Bit at which the first value begins.
  @usableFromInline let offset: Int
  /// Bits of a value, 1...64.
  @usableFromInline let bits: Int
  /// How many values there are; 1 for a field without index.
  @usableFromInline let count: Int
  /// The greatest code; the least is 0.
  @usableFromInline let last: UInt64
  /// The field's position in its schema.
  @usableFromInline let column: Int32
  @usableFromInline let schema: SchemaID
  @usableFromInline var mask: UInt64 { @inlinable @inline(__always) get { ~0 &>> UInt64(64 &- bits) } }

  init(offset: Int, count: Int, last: UInt64, column: Int, schema: SchemaID) {
    (self.offset, self.count, self.last, self.schema) = (offset, count, last, schema)
    self.column = Int32(truncatingIfNeeded: column)
    bits = Self.bits(for: last)
  }

  /// Bits in which codes up to `last` can be written. A field that can have one value alone takes one all the same.
  static func bits(for last: UInt64) -> Int { max(64 - last.leadingZeroBitCount, 1) }
}
