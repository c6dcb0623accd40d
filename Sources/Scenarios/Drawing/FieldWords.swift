import Rules

/// The world's fields in the words of a chart: what is shown, of which object, how values are written.
extension Field {
  /// Fields that only say how far something has come inside a rule: no reader of a chart asks for them.
  var isShown: Bool {
    switch self {
    case .taskPosition, .taskCursor, .taskDevice, .taskHoldsFrame, .taskDeed, .accessKind, .accessDevice, .accessPage, .stamp,
      .memoryStamp, .frame, .deviceSetLock, .memoryLock, .reservation, .tsmLock, .answer, .nonceIsLive, .iotlbEpochIsOpen:
      false
    default: true
    }
  }

  /// Which of several changes says most: small first.
  var rank: Int {
    switch self {
    case .vmLife, .interface, .entry, .memoryEntry: 0
    case .recorded, .bindingOwner, .dmar, .session, .stream, .isShared, .inReset, .bufferIsRevoked, .bufferIsExported, .importerState, .isOpen: 1
    case .evidence, .isValid, .isBound, .slot, .memoryEnabled: 2
    case .vcpu, .metadata: 4
    case .request: 5
    default: 3
    }
  }

  /// `revoked`: the object's name stands before it.
  var label: String {
    // Two fields of one object must not get one name, nor one the object's own.
    switch self {
    case .iotlbFlushIsQueued: return "iotlb flush"
    case .vmmIsAlive: return "vmm"
    case .interface: return "state"
    case .dmarInvalidation: return "invalidation"
    case .guestRequest: return "TD request"
    default: break
    }
    let text = Self.spaced("\(self)")
    let known = [
      "is ", "vm ", "buffer is ", "importer is ", "iotlb flush is ", "memory is ", "memory ", "vmm is ", "stream ", "stream is ", "importer ",
    ]
    return known.last { text.hasPrefix($0) }.map { String(text.dropFirst($0.count)) } ?? text
  }

  /// What no and yes mean, where there are better words.
  private var polar: (no: String, yes: String)? {
    switch self {
    case .isOpen: ("closed", "open")
    case .memoryEnabled, .busMaster: ("off", "on")
    case .inReset: ("ready", "in reset")
    case .bufferIsExported: ("no buffer", "exported")
    case .bufferIsRevoked: ("live", "revoked")
    case .slot: ("no slot", "slot")
    case .slotIsPrivate: ("shared", "private")
    case .isBound: ("unbound", "bound")
    case .holdsVM: ("no VM", "holds VM")
    case .viommuExists: ("absent", "present")
    case .isShared: ("unmapped", "shared")
    case .mirror: ("unmapped", "mirrored")
    case .memoryIsPoisoned: ("clean", "poisoned")
    case .isValid: ("unknown", "valid")
    case .iotlbFlushIsQueued: ("idle", "queued")
    case .contextIsCached: ("context forgotten", "context cached")
    case .importerIsUsing: ("idle", "busy")
    case .importerIsInvalidated: ("valid", "invalidated")
    case .vmmIsAlive: ("gone", "alive")
    case .streamIsInsecure: ("secure", "insecure")
    case .exchangeIsAnswered: ("waiting", "answered")
    default: nil
    }
  }

  /// A value as TDISP and the TDX module write states, or in small words.
  func word(_ text: String) -> String {
    if let polar, text == "no" || text == "yes" { return text == "no" ? polar.no : polar.yes }
    return switch self {
    case .interface, .recorded:
      text.hasPrefix("config") ? text.dropFirst(6).uppercased() : text.uppercased()
    case .entry, .memoryEntry, .dmar, .metadata: Self.spaced(text).replacing(" ", with: "_").uppercased()
    default: Self.spaced(text)
    }
  }

  /// `vmIsAlive` as `vm is alive`; abbreviations stay together.
  private static func spaced(_ text: String) -> String {
    var out = ""
    var wasUpper = true
    for character in text {
      if character.isUppercase, !wasUpper { out += " " }
      wasUpper = character.isUppercase
      out += character.lowercased()
    }
    return out
  }

  /// The value that prints as `text`; nil where none does.
  func value(_ text: String) -> UInt16? { (0..<UInt16(1) << UInt16(max(6, place.bits))).first { self.text($0) == text } }
}

/// An object of a chart: some fields of one thing.
struct ChartObject {
  let name: String, kind: String
  let fields: [(field: Field, index: Int)]

  static func all(_ shape: MachineShape) -> [ChartObject] {
    var objects = [ChartObject("VM", "virtual machine", [.vmLife, .vmEnd, .vcpu, .vmmIsAlive, .vmmMisbehaved, .iotlbFlushIsQueued], 0)]
    for (d, device) in shape.devices.enumerated() {
      // A single device needs no name beside every word.
      let of = shape.devices.count > 1 ? " \(device.id.hasPrefix("0000:") ? String(device.id.dropFirst(5)) : device.id)" : ""
      objects += [
        ChartObject("function\(of)", "function", [.isOpen, .memoryEnabled, .busMaster, .power, .inReset, .hostMapping, .holdsSecrets], d),
        ChartObject("link\(of)", "link", [.session, .exchange, .exchangeIsAnswered, .stream, .streamKeys, .streamIsInsecure], d),
        ChartObject("interface\(of)", "interface", [.interface, .recorded, .bindingOwner, .isValid, .evidence, .request, .guestRequest], d),
        ChartObject("iommufd\(of)", "iommufd", [.viommuExists, .vdevice, .isBound, .holdsVM], d),
        ChartObject("buffer\(of)", "buffer", [.bufferIsExported, .bufferIsRevoked, .slot, .slotIsPrivate], d),
        ChartObject("trusted DMA\(of)", "trusted DMA", [.dmar, .dmarInvalidation, .contextIsCached, .dma], d),
      ]
    }
    for (d, device) in shape.devices.enumerated() {
      for (p, page) in device.pages.enumerated() {
        let index = d * device.pages.count + p
        objects.append(ChartObject(shape.name(of: page, device), "page", [.entry, .metadata, .mirror, .isShared, .tlb], index))
      }
    }
    for (m, unit) in shape.privateUnits.enumerated() {
      objects.append(ChartObject(unit.name, "guest memory", [.memoryEntry, .memoryTLB, .memoryIOTLB, .memoryIsPoisoned], m))
    }
    for (i, name) in shape.importers.enumerated() {
      objects.append(ChartObject("importer \(name)", "importer", [.importerState, .importerIsInvalidated, .importerIsUsing], i))
    }
    return objects
  }

  private init(_ name: String, _ kind: String, _ fields: [Field], _ index: Int) {
    (self.name, self.kind) = (name, kind)
    self.fields = fields.map { ($0, index) }
  }
}

extension MachineShape {
  /// `01:00.0/BAR0+0x1000`, or without the address where there is one device.
  func name(of page: Page, _ device: Device) -> String {
    (devices.count == 1 ? "" : "\(shortAddress(device.id))/") + "BAR\(page.bar)+0x\(String(page.offset, radix: 16))"
  }
}

/// PCI's segment zero is left out, as lspci does.
func shortAddress(_ text: String) -> String { text.hasPrefix("0000:") ? String(text.dropFirst(5)) : text }
