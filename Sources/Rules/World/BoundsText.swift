/// A world's size in words: for whoever reports one, and for whoever refuses one.
extension Bounds {
  /// A kind of thing of which a world has so many.
  private struct Amount {
    let count: UInt8, range: ClosedRange<UInt8>
    let one: String, several: String
    var text: String { "\(count) \(count == 1 ? one : several)" }
    var expected: String { "\(range.lowerBound) to \(range.upperBound) \(several)" }
  }

  /// Importers alone can be missing: without a device, a page or memory there is nothing to be asked.
  private var amounts: [Amount] {
    let most = Self.packedLimit
    return [
      Amount(count: devices, range: 1...most.devices, one: "device", several: "devices"),
      Amount(count: pages, range: 1...most.pages, one: "page", several: "pages"),
      Amount(count: importers, range: 0...most.importers, one: "importer", several: "importers"),
      Amount(count: memory, range: 1...most.memory, one: "unit of guest memory", several: "units of guest memory"),
    ]
  }

  /// `1 device, 2 pages, 0 importers`. Units of guest memory are named where there are several: one is the rule.
  public var size: String { amounts.dropLast(memory == 1 ? 1 : 0).map(\.text).joined(separator: ", ") }

  /// What of this no packed world has, and what it can have instead; nil where it can have all of it.
  public var misfit: (what: String, expected: String)? {
    let wrong = amounts.filter { !$0.range.contains($0.count) }
    guard !wrong.isEmpty else { return nil }
    return (wrong.map(\.text).joined(separator: ", "), wrong.map(\.expected).joined(separator: ", "))
  }
}
