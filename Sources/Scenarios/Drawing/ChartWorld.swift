import Charts
import Primitives
import Rules

/// The world as a chart has it: follows the recorded changes, and says which stretch of memory changed hands.
package struct ChartWorld {
  let shape: MachineShape
  private(set) var world: TableWorld
  /// Where a recorded place is in the table. Looked up, never iterated.
  private var places: [String: (field: Field, index: Int)] = [:]
  private var objectNames: [String: String] = [:]

  package init(_ shape: MachineShape, _ world: TableWorld) {
    (self.shape, self.world) = (shape, world)
    for field in Field.allCases {
      for index in 0..<world.bounds.count(along: field.axis) { places[shape.place(of: field, index)] = (field, index) }
    }
    for object in ChartObject.all(shape) {
      for (field, index) in object.fields { objectNames[shape.place(of: field, index)] = object.name }
    }
  }

  package var objects: [ObjectState] {
    ChartObject.all(shape).map { object in
      ObjectState(
        object.name, kind: object.kind,
        fields: object.fields.map { field, index in Fact(field.label, field.word(field.text(world[field, index]))) })
    }
  }

  /// Notes an event's changes: those that are shown, the weightiest first, and what they do to memory.
  mutating func apply(_ event: RecordedEvent) -> (changes: [Change], memory: [MemoryChange]) {
    var shown: [(rank: Int, change: Change)] = []
    var memory: [MemoryChange] = []
    for change in event.changes {
      guard let (field, index) = places[change.place] else { continue }
      let before = regions(touchedBy: field, index)
      if let value = field.value(change.after) { world[field, index] = value }
      for (old, new) in zip(before, regions(touchedBy: field, index)) where old.ownership != new.ownership {
        memory.append(MemoryChange(old.space, old.start, length: old.length, before: old.ownership, after: new.ownership))
      }
      guard field.isShown, let object = objectNames[change.place] else { continue }
      shown.append((field.rank, Change(object, field.label, field.word(change.before), field.word(change.after))))
    }
    let sorted = shown.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
    return (sorted.map(\.element.change), memory)
  }

  // MARK: Memory

  struct Stretch {
    var space: String, start: UInt64, length: UInt64, ownership: Ownership?
  }

  package static let guestSpace = "guest physical"

  package var maps: [MemoryMap] {
    let units =
      shape.privateUnits.indices.map(unit)
      + shape.sharedUnits.map {
        Stretch(space: Self.guestSpace, start: $0.base, length: $0.size, ownership: Ownership("guest shared", ["bounce memory"]))
      }
    let devices = shape.devices.indices.map { d in shape.devices[d].pages.indices.map { page(d, $0) } }
    let guest = units + devices.flatMap { $0.map(slot) }
    var maps = [MemoryMap(Self.guestSpace, guest.compactMap(\.region))]
    for pages in devices { if let space = pages.first?.space { maps.append(MemoryMap(space, pages.compactMap(\.region))) } }
    return maps
  }

  private func regions(touchedBy field: Field, _ index: Int) -> [Stretch] {
    let pages = Int(world.bounds.pages)
    switch field.axis {
    case .page:
      let own = page(index / pages, index % pages)
      return [own, slot(own)]
    case .memory: return [unit(index)]
    case .device where field == .isOpen || field == .slot:
      return (0..<pages).flatMap { p in
        let own = page(index, p)
        return [own, slot(own)]
      }
    default: return []
    }
  }

  private func unit(_ m: Int) -> Stretch {
    let unit = shape.privateUnits[m]
    let entry = world[memoryEntry: UInt8(m)], isPoisoned = world.flag(.memoryIsPoisoned, UInt8(m))
    let owner: Ownership? =
      switch entry {
      case .free, .removed: nil
      case .pending, .pendingBlocked: Ownership("pending")
      case .blocked, .nlBlocked, .mmioBlocked: Ownership("blocked")
      default: Ownership("guest private", isPoisoned ? ["poisoned by the host"] : [])
      }
    return Stretch(space: Self.guestSpace, start: unit.base, length: unit.size, ownership: owner)
  }

  /// A BAR page, at its offset in the BAR.
  private func page(_ d: Int, _ p: Int) -> Stretch {
    let device = shape.devices[d], page = device.pages[p]
    let kind = page.isTEE ? "TEE" : "non-TEE"
    let owner: Ownership =
      switch world[entry: UInt8(d), UInt8(p)] {
      case .mmioMapped: Ownership("guest private", [kind])
      case .mmioPending: Ownership("pending", [kind])
      case .mmioBlocked: Ownership("blocked", [kind])
      default:
        world[isShared: UInt8(d), UInt8(p)] ? Ownership("guest shared", [kind]) : Ownership(world.flag(.isOpen, UInt8(d)) ? "host" : "nobody", [kind])
      }
    return Stretch(space: "BAR\(page.bar) of \(device.id)", start: page.offset, length: 4096, ownership: owner)
  }

  /// The same page in the guest's slot, as far as the guest has it.
  private func slot(_ page: Stretch) -> Stretch {
    guard let device = shape.devices.first(where: { page.space.hasSuffix($0.id) }),
      let p = device.pages.firstIndex(where: { $0.offset == page.start })
    else { return page }
    let isGuests = page.ownership.map { $0.owner != "host" && $0.owner != "nobody" } ?? false
    let owner = page.ownership.flatMap {
      isGuests ? Ownership($0.owner, $0.attributes + ["→ \(page.space.prefix { $0 != " " })+0x\(String(page.start, radix: 16))"]) : nil
    }
    return Stretch(space: Self.guestSpace, start: device.slot + UInt64(p) << 12, length: 4096, ownership: owner)
  }
}

extension ChartWorld.Stretch {
  var region: Region? { ownership.map { Region(start, length: length, $0) } }
}

extension MachineShape.Unit {
  /// As events name it.
  var name: String { "gpa \(hexadecimal(base))" }
}
