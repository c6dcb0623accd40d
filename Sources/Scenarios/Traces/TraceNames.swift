import Machine
import Primitives
import Rules

/// The names that a log without a header gives to devices, pages, guest memory and importers: in the order in which they first
/// come they are the first, the second and so on of the world that it is held to.
struct TraceNames {
  private(set) var devices: [String] = []
  private(set) var pages: [[ActionNames.Page]] = []
  private(set) var units: [UInt64] = []
  private(set) var shared: [UInt64] = []
  private(set) var importers: [String] = []

  /// The address bit of the shared half, as `AddressPlan` has it.
  static let sharedBit: UInt64 = 1 << 47

  init(_ events: [TraceEvent]) {
    for event in events where event.call.hasSuffix("(shared)") {
      if let base = Self.address(event.object), !shared.contains(base & ~Self.sharedBit) { shared.append(base & ~Self.sharedBit) }
    }
    for event in events {
      for lane in [event.actor, event.peer] {
        if let lane, lane.hasPrefix("importer:"), !importers.contains(String(lane.dropFirst(9))) { importers.append(String(lane.dropFirst(9))) }
      }
      guard let object = event.object else { continue }
      if let base = Self.address(object) {
        if !units.contains(base), !shared.contains(base & ~Self.sharedBit) { units.append(base) }
      } else {
        take(object)
      }
    }
  }

  /// `0000:e1:00.0`, or `e1:00.0/BAR0+0x1000`.
  private mutating func take(_ object: String) {
    let parts = object.split(separator: "/", maxSplits: 1).map(String.init)
    guard let first = parts.first, let id = RequesterID(first)?.description else { return }
    let d = devices.firstIndex(of: id) ?? devices.count
    if d == devices.count {
      devices.append(id)
      pages.append([])
    }
    guard parts.count == 2, let page = Self.page(parts[1]), !pages[d].contains(page) else { return }
    pages[d].append(page)
  }

  private static func page(_ text: String) -> ActionNames.Page? {
    let parts = text.split(separator: "+", maxSplits: 1)
    guard parts.count == 2, parts[0].hasPrefix("BAR"), parts[1].hasPrefix("0x"), let bar = Int(parts[0].dropFirst(3)), (0...5).contains(bar),
      let offset = UInt64(parts[1].dropFirst(2), radix: 16)
    else { return nil }
    return ActionNames.Page(bar: bar, offset: offset)
  }

  private static func address(_ object: String?) -> UInt64? {
    guard let object, object.hasPrefix("gpa 0x") else { return nil }
    return UInt64(object.dropFirst(6).replacing("_", with: ""), radix: 16)
  }
}

extension MachineShape {
  /// With the names of a log in place of its own, as far as there are things to be named. What more a log names is not there.
  func named(_ names: TraceNames) -> MachineShape {
    var shape = self
    for d in shape.devices.indices {
      if names.devices.indices.contains(d) { shape.devices[d].id = names.devices[d] }
      let pages = names.pages.indices.contains(d) ? names.pages[d].prefix(shape.devices[d].pages.count) : []
      // Pages are numbered as they lie in the BARs.
      for (p, page) in pages.sorted(by: { ($0.bar, $0.offset) < ($1.bar, $1.offset) }).enumerated() {
        (shape.devices[d].pages[p].bar, shape.devices[d].pages[p].offset) = (page.bar, page.offset)
      }
    }
    // Two things have two names.
    if Set(shape.devices.map(\.id)).count < shape.devices.count { shape.devices = devices }
    for (m, base) in names.units.prefix(privateUnits.count).sorted().enumerated() { shape.privateUnits[m].base = base }
    if !names.shared.isEmpty { shape.sharedUnits = names.shared.map { Unit(base: $0, size: 4096) } }
    for (i, name) in names.importers.prefix(importers.count).enumerated() { shape.importers[i] = name }
    return shape
  }
}
