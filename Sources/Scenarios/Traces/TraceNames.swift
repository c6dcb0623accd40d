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
      guard case .memory(let base)? = event.object.map(TraceObject.init), !shared.contains(base & ~Self.sharedBit) else { continue }
      shared.append(base & ~Self.sharedBit)
    }
    for event in events {
      for lane in [event.actor, event.peer] {
        if let lane, lane.hasPrefix("importer:"), !importers.contains(String(lane.dropFirst(9))) { importers.append(String(lane.dropFirst(9))) }
      }
      switch event.object.map(TraceObject.init) {
      case .memory(let base): if !units.contains(base), !shared.contains(base & ~Self.sharedBit) { units.append(base) }
      case .device(let id): _ = number(id)
      case .page(let id, let page):
        let d = number(id)
        if !pages[d].contains(page) { pages[d].append(page) }
      case .lane, .other, nil: break
      }
    }
  }

  /// The device's place in the order, at the end where it is new.
  private mutating func number(_ id: RequesterID) -> Int {
    if let known = devices.firstIndex(of: id.description) { return known }
    devices.append(id.description)
    pages.append([])
    return devices.count - 1
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
