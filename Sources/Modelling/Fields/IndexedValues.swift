/// The values of an indexed field in one state, in the order of its indices: `state[importer].allSatisfy { $0 == .unmapped }`.
public struct IndexedValues<Value: Equatable & Sendable>: RandomAccessCollection, Sendable {
  @usableFromInline let state: State
  @usableFromInline let field: IndexedField<Value>

  @inlinable @inline(__always) init(state: State, field: IndexedField<Value>) { (self.state, self.field) = (state, field) }

  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { field.place.count }
  @inlinable @inline(__always) public subscript(index: Int) -> Value { state[field, index] }
}
