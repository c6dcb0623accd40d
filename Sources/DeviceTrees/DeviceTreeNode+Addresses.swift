import Primitives

/// How a bus writes addresses and lengths: in so many cells of 32 bits. DTSpec 0.4 section 2.3.5.
public struct CellCounts: Hashable, Sendable {
  public let address: Int
  public let size: Int

  /// As many cells as Linux has room for (OF_MAX_ADDR_CELLS).
  static let most: UInt32 = 4
}

extension DeviceTreeNode {
  /// How the addresses of this node's children are written.
  public func cells() throws(DeviceTreeError) -> CellCounts {
    func count(_ name: String, _ missing: UInt32) throws(DeviceTreeError) -> Int {
      guard let property = self[name] else { return Int(missing) }
      let count = try property.word()
      guard count <= CellCounts.most else { throw property.error(.badCells, "\(count) cells", expected: "at most \(CellCounts.most)") }
      return Int(count)
    }
    return CellCounts(address: try count("#address-cells", 2), size: try count("#size-cells", 1))
  }

  /// What `reg`, or another property of the same form, says in physical addresses: nil without it.
  /// - Throws: where the value is not made of whole pairs, where a range leaves 64 bits, and where a bus above does not pass it on.
  public func ranges(_ name: String = "reg") throws(DeviceTreeError) -> [AddressRange<HostPhysicalAddress>]? {
    guard let property = self[name], let bus = parent else { return nil }
    let cells = try bus.cells()
    guard cells.address > 0, cells.size > 0 else {
      throw property.error(
        .badCells, "\(bus.path) has \(cells.address) cells for addresses and \(cells.size) for lengths", expected: "at least one of each")
    }
    let width = 4 * (cells.address + cells.size)
    guard property.bytes.count % width == 0 else {
      throw property.error(
        .badLength, "a value of \(property.bytes.count) bytes", expected: "pairs of address and length of \(cells.address) + \(cells.size) cells")
    }
    try property.require(property.bytes.count / width, "ranges")
    var ranges: [AddressRange<HostPhysicalAddress>] = []
    for offset in stride(from: 0, to: property.bytes.count, by: width) {
      let start = try property.number(offset, cells.address), length = try property.number(offset + 4 * cells.address, cells.size)
      ranges.append(try bus.translated(start, length, for: property))
    }
    return ranges
  }

  /// A range on this bus, as the root sees it: every bus on the way has to pass it on. DTSpec 0.4 section 2.3.8.
  private func translated(
    _ start: UInt64, _ length: UInt64, for property: DeviceTreeProperty
  ) throws(DeviceTreeError) -> AddressRange<HostPhysicalAddress> {
    var (start, bus) = (start, self)
    while let above = bus.parent {
      guard let windows = bus["ranges"] else {
        throw property.error(
          .untranslatable, "\(bus.path) has no 'ranges'", expected: "an empty 'ranges' where its addresses are those of its parent")
      }
      if !windows.isEmpty { start = try bus.passedOn(start, length, through: windows, above, for: property) }
      bus = above
    }
    guard let range = AddressRange(start: HostPhysicalAddress(start), length: length) else {
      throw property.error(.outOfRange, "\(hexadecimal(length)) bytes at \(hexadecimal(start)) leave 64 bits")
    }
    return range
  }

  private func passedOn(
    _ start: UInt64, _ length: UInt64, through windows: DeviceTreeProperty, _ above: DeviceTreeNode, for property: DeviceTreeProperty
  ) throws(DeviceTreeError) -> UInt64 {
    let cells = try cells(), parentCells = try above.cells().address
    let width = 4 * (cells.address + parentCells + cells.size)
    guard width > 0, windows.bytes.count % width == 0 else {
      throw windows.error(
        .badLength, "a value of \(windows.bytes.count) bytes",
        expected: "entries of \(cells.address) + \(parentCells) + \(cells.size) cells: address here, address above, length")
    }
    try windows.require(windows.bytes.count / width, "entries")
    for offset in stride(from: 0, to: windows.bytes.count, by: width) {
      let here = try windows.number(offset, cells.address), up = try windows.number(offset + 4 * cells.address, parentCells)
      let size = try windows.number(offset + 4 * (cells.address + parentCells), cells.size)
      guard start >= here, start - here < size || (length == 0 && start == here), length <= size - (start - here) else { continue }
      let (sum, overflow) = up.addingReportingOverflow(start - here)
      guard !overflow else { throw windows.error(.outOfRange, "an entry leaves 64 bits") }
      return sum
    }
    throw property.error(
      .untranslatable, "\(path) does not pass \(hexadecimal(length)) bytes at \(hexadecimal(start)) on",
      expected: "a range inside one entry of its 'ranges'")
  }
}

extension DeviceTreeProperty {
  /// A number of so many cells. More than two are fine as long as the upper ones are zero.
  fileprivate func number(_ offset: Int, _ cells: Int) throws(DeviceTreeError) -> UInt64 {
    var number: UInt64 = 0
    for cell in 0..<cells {
      guard let word = bytes.word(at: offset + 4 * cell) else { throw error(.badLength, "a value of \(bytes.count) bytes") }
      guard number >> 32 == 0 else { throw error(.outOfRange, "a number of more than 64 bits") }
      number = number << 32 | UInt64(word)
    }
    return number
  }
}
