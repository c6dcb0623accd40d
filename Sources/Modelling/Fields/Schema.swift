import Synchronization

/// The fields of a state, declared one after the other, each with the value that it begins with.
///
/// ```swift
/// var schema = Schema()
/// let buffer = schema.field("buffer", initially: Buffer.live)
/// let importer = schema.field("importer", count: 3, initially: Importer.unmapped)
/// let mappings = schema.field("mappings", in: 0...3, initially: 0)
/// ```
///
/// Layout, printing, differences and JSON follow from that. A field takes as many bits as its values need, fields lie one behind
/// the other, and all of them together take at most 768 bits (twelve words). What is wrong with a declaration is thrown by
/// ``Model/init(_:_:_:)``, which takes the schema: one schema makes one model, and its fields are good for that model alone.
public struct Schema: ~Copyable {
  /// Bits that a state has room for.
  public static let maximumBits = 768

  let id = SchemaID()
  private(set) var columns: [Column] = []
  package private(set) var bits = 0
  /// The first thing that is wrong.
  private(set) var problem: ModelError?

  public init() {}

  /// A field whose values are the cases of an enumeration. An enumeration with payloads will do as well, if it lists its
  /// values in `allCases`; a value is printed as its description.
  public mutating func field<Value>(_ name: String, initially initial: Value) -> Field<Value>
  where Value: CaseIterable & Equatable & Sendable {
    let (place, coding) = declare(name, nil, initial)
    return Field(place, coding)
  }

  /// A field that has such a value for each of `count` things.
  public mutating func field<Value>(_ name: String, count: Int, initially initial: Value) -> IndexedField<Value>
  where Value: CaseIterable & Equatable & Sendable {
    let (place, coding) = declare(name, count, initial)
    return IndexedField(place, coding)
  }

  /// A field that is true or false.
  public mutating func field(_ name: String, initially initial: Bool) -> Field<Bool> {
    Field(declare(name, nil, .flag, last: 1, initial ? 1 : 0), Coding(listing: [false, true]))
  }

  /// A field that is true or false for each of `count` things.
  public mutating func field(_ name: String, count: Int, initially initial: Bool) -> IndexedField<Bool> {
    IndexedField(declare(name, count, .flag, last: 1, initial ? 1 : 0), Coding(listing: [false, true]))
  }

  /// A whole number within bounds. An action that writes another number is reported as a violation, with the run that led there.
  public mutating func field(_ name: String, in range: ClosedRange<Int>, initially initial: Int) -> Field<Int> {
    Field(declare(name, nil, range, initial), Coding(from: range.lowerBound))
  }

  /// A whole number within bounds for each of `count` things.
  public mutating func field(_ name: String, count: Int, in range: ClosedRange<Int>, initially initial: Int) -> IndexedField<Int> {
    IndexedField(declare(name, count, range, initial), Coding(from: range.lowerBound))
  }
}

extension Schema {
  private mutating func declare<Value>(_ name: String, _ count: Int?, _ initial: Value) -> (Place, Coding<Value>)
  where Value: CaseIterable & Equatable & Sendable {
    let coding = Coding(listing: Array(Value.allCases))
    let words = coding.values.map { "\($0)" }
    if words.isEmpty { note(.noValues(field: name)) }
    let code = coding.values.firstIndex(of: initial).map { UInt64($0) }
    if code == nil, !words.isEmpty { note(.initialValue(field: name, value: "\(initial)")) }
    return (declare(name, count, .words(words), last: UInt64(max(words.count, 1) - 1), code ?? 0), coding)
  }

  private mutating func declare(_ name: String, _ count: Int?, _ range: ClosedRange<Int>, _ initial: Int) -> Place {
    if !range.contains(initial) { note(.initialValue(field: name, value: "\(initial)")) }
    let last = UInt64(truncatingIfNeeded: range.upperBound &- range.lowerBound)
    let code = range.contains(initial) ? UInt64(truncatingIfNeeded: initial &- range.lowerBound) : 0
    return declare(name, count, .numbers(range), last: last, code)
  }

  private mutating func declare(_ name: String, _ count: Int?, _ domain: Column.Domain, last: UInt64, _ initial: UInt64) -> Place {
    if columns.contains(where: { $0.name == name }) { note(.declaredTwice("field", name)) }
    if let count, count < 1 { note(.noElements(field: name, count: count)) }
    let number = max(count ?? 1, 1)
    let place = Place(offset: bits, count: number, last: last, column: columns.count, schema: id)
    let (product, isTooMuch) = place.bits.multipliedReportingOverflow(by: number)
    let (sum, isMore) = bits.addingReportingOverflow(product)
    // The first field that does not fit is named; nothing behind it takes room any more.
    if isTooMuch || isMore || sum > Self.maximumBits { note(.tooWide(field: name)) } else { bits = sum }
    columns.append(Column(name: name, isIndexed: count != nil, place: place, domain: domain, initial: initial))
    return place
  }

  private mutating func note(_ error: ModelError) { problem = problem ?? error }
}

/// Tells the fields of one schema from those of another. Nothing that is printed depends on it.
@usableFromInline struct SchemaID: Hashable, Sendable {
  @usableFromInline let number: UInt64

  init() { number = Self.next.wrappingAdd(1, ordering: .relaxed).oldValue }

  private static let next = Atomic<UInt64>(0)
}
