import Charts
import Primitives
import Rules

/// The values of a world by name while a recording is drawn, and who has which stretch of the guest's address space.
struct DrawnWorld {
  private let shape: MachineShape
  private var values: [String: String]
  private var heldChanges: [RecordedEvent.Change] = []
  private var heldMemory: [MemoryChange] = []

  static let space = "guest physical"
  static func address(_ raw: UInt64) -> String { GuestPhysicalAddress(raw).description }

  init(_ shape: MachineShape, _ places: [(place: String, value: String)]) {
    self.shape = shape
    values = Dictionary(places.map { ($0.place, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// A stretch, the places that decide whose it is, and its length.
  private struct Stretch {
    let start: UInt64, length: UInt64
    let device: Int?, page: Int, unit: Int
  }

  private var stretches: [Stretch] {
    var all: [Stretch] = []
    for (m, unit) in shape.privateUnits.enumerated() { all.append(Stretch(start: unit.base, length: unit.size, device: nil, page: 0, unit: m)) }
    for (d, device) in shape.devices.enumerated() {
      for (p, page) in device.pages.enumerated() {
        all.append(Stretch(start: device.slot &+ page.offset, length: 4096, device: d, page: p, unit: 0))
      }
    }
    return all
  }

  /// The map as it is now.
  func regions() -> [Region] {
    let shared = shape.sharedUnits.map { Region($0.base, length: $0.size, owner: "guest shared", ["bounce memory"]) }
    return shared
      + stretches.compactMap { stretch in owner(stretch).map { Region(stretch.start, length: stretch.length, $0) } }
  }

  /// Takes an event's changes in; what changed hands comes back.
  mutating func apply(_ changes: [RecordedEvent.Change]) -> [MemoryChange] {
    guard changes.contains(where: { Self.decides($0.place) }) else {
      for change in changes { values[change.place] = change.after }
      return []
    }
    let before = stretches.map { owner($0) }
    for change in changes { values[change.place] = change.after }
    return zip(stretches, before).compactMap { stretch, was in
      let now = owner(stretch)
      return now == was ? nil : MemoryChange(Self.space, stretch.start, length: stretch.length, before: was, after: now)
    }
  }

  private static func decides(_ place: String) -> Bool {
    ["entry[", "isShared[", "memoryEntry[", "slot[", "memoryIsPoisoned["].contains { place.hasPrefix($0) }
  }

  mutating func hold(_ changes: [RecordedEvent.Change], _ memory: [MemoryChange]) {
    heldChanges += changes
    heldMemory += memory
  }

  mutating func release() -> (changes: [RecordedEvent.Change], memory: [MemoryChange]) {
    defer { (heldChanges, heldMemory) = ([], []) }
    return (heldChanges, heldMemory)
  }

  private func owner(_ stretch: Stretch) -> Ownership? {
    guard let d = stretch.device else { return memoryOwner(stretch.unit) }
    let id = shape.devices[d].id, page = shape.devices[d].pages[stretch.page]
    let target = "BAR\(page.bar)+0x\(String(page.offset, radix: 16))"
    switch values["entry[\(id)/\(stretch.page)]"] {
    case "mmioMapped": return Ownership("guest private MMIO", [target, "accepted"])
    case "mmioPending": return Ownership("pending", [target])
    case "mmioBlocked": return Ownership("blocked", [target])
    default: break
    }
    if values["isShared[\(id)/\(stretch.page)]"] == "yes" { return Ownership("guest shared MMIO", [target]) }
    return values["slot[\(id)]"] == "yes" ? Ownership("slot, nothing mapped", [target]) : nil
  }

  private func memoryOwner(_ unit: Int) -> Ownership? {
    let place = "gpa \(Self.address(shape.privateUnits[unit].base))"
    let isPoisoned = values["memoryIsPoisoned[\(place)]"] == "yes"
    switch values["memoryEntry[\(place)]"] {
    case "mapped": return Ownership(isPoisoned ? "poisoned" : "guest private", ["encrypted with the TD's key"])
    case "pending": return Ownership("pending", ["not accepted"])
    case "blocked", "pendingBlocked": return Ownership("blocked")
    default: return nil
    }
  }
}
