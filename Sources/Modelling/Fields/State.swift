/// A state of a model: a value for every field.
///
/// Guards and properties read it, effects change it:
///
/// ```swift
/// state[buffer] == .live            // a field
/// state[importer, 2] = .using       // one of an indexed field
/// state[importer].contains(.using)  // all of an indexed field, as a collection
/// state[mappings] += 1
/// ```
///
/// It is a plain value: copy it, compare it, keep it. A number beyond its field's bounds is not stored: the state keeps what it
/// had and remembers the attempt, which ends the step as a violation. An index that the field does not have is a mistake as with
/// an array, and so is a field of another model.
public struct State: Sendable {
  /// The fields' codes as one string of bits, the lowest bit of the first word first.
  @usableFromInline package var words: InlineArray<12, UInt64>
  @usableFromInline let schema: SchemaID
  @usableFromInline package var refusal: Refusal?

  /// The first write that was not possible.
  @usableFromInline package struct Refusal: Sendable {
    package var column: Int32
    package var element: Int32
    /// What was to be written; 0 where the field is no number.
    package var number: Int
  }

  @inlinable @inline(__always) init(_ source: UnsafePointer<UInt64>, width: Int, schema: SchemaID) {
    words = InlineArray(repeating: 0)
    for i in 0..<width { words[i] = source[i] }
    self.schema = schema
  }

  /// The value of a field.
  @inlinable @inline(__always) public subscript<Value>(field: Field<Value>) -> Value {
    get { field.coding.value(of: code(field.place, 0)) }
    set { write(newValue, field.coding, field.place, 0) }
  }

  /// One value of an indexed field. The index is one of the field's `indices`.
  @inlinable @inline(__always) public subscript<Value>(field: IndexedField<Value>, index: Int) -> Value {
    get { field.coding.value(of: code(field.place, index)) }
    set { write(newValue, field.coding, field.place, index) }
  }

  /// All values of an indexed field.
  @inlinable @inline(__always) public subscript<Value>(field: IndexedField<Value>) -> IndexedValues<Value> {
    IndexedValues(state: self, field: field)
  }
}

extension State {
  @inlinable @inline(__always) func code(_ place: Place, _ element: Int) -> UInt64 {
    check(place, element)
    let bit = place.offset &+ element &* place.bits
    let (word, shift) = (bit &>> 6, bit & 63)
    var code = words[word] &>> UInt64(shift)
    if shift &+ place.bits > 64 { code |= words[word &+ 1] &<< UInt64(64 &- shift) }
    return code & place.mask
  }

  @inlinable @inline(__always) mutating func setCode(_ code: UInt64, _ place: Place, _ element: Int) {
    check(place, element)
    let bit = place.offset &+ element &* place.bits
    let (word, shift) = (bit &>> 6, bit & 63)
    words[word] = words[word] & ~(place.mask &<< UInt64(shift)) | code &<< UInt64(shift)
    if shift &+ place.bits > 64 {
      let rest = UInt64(64 &- shift)
      words[word &+ 1] = words[word &+ 1] & ~(place.mask &>> rest) | code &>> rest
    }
  }

  @inlinable @inline(__always)
  mutating func write<Value>(_ value: Value, _ coding: Coding<Value>, _ place: Place, _ element: Int) {
    let code = coding.code(of: value)
    if code <= place.last { setCode(code, place, element) } else { refuse(value, place, element) }
  }

  @inline(never) @usableFromInline mutating func refuse(_ value: Any, _ place: Place, _ element: Int) {
    check(place, element)
    refusal =
      refusal ?? Refusal(column: place.column, element: Int32(truncatingIfNeeded: element), number: value as? Int ?? 0)
  }

  @inlinable @inline(__always) func check(_ place: Place, _ element: Int) {
    guard place.schema == schema else { Self.misused("a field is good for the states of its own model") }
    guard element >= 0, element < place.count else { Self.misused("an index is one of the field's indices") }
  }

  /// As a precondition, whose sentence is also said in release.
  @inline(never) @usableFromInline static func misused(_ law: StaticString) -> Never { fatalError("\(law)") }
}

extension State: Hashable {
  public static func == (a: State, b: State) -> Bool { a.schema == b.schema && (0..<12).allSatisfy { a.words[$0] == b.words[$0] } }
  public func hash(into hasher: inout Hasher) { for i in 0..<12 { hasher.combine(words[i]) } }
}
