import Documents
import Memory
import PCI
import Primitives
import Rules
import TEE

/// Reading a machine file: strict, and every complaint has a place. docs/files.md shows the keys.
extension MachineFile {
  public init(contentsOf path: String) throws(DocumentError) { try self.init(try Document(contentsOf: path)) }

  public init(_ document: Document) throws(DocumentError) {
    let map = try document.root.mapping(keys: ["machine", "memory", "guest", "devices", "importers", "parameters", "policy"])
    file = document.file
    name = try map.required("machine").string
    let size = try map.required("memory")
    memory = try size.size(in: 1 << 27...1 << 40)
    guard memory & 0xFFF == 0 else { throw size.error(.outOfRange, "memory is not of whole pages", expected: "a multiple of 4KiB") }

    let guest = try map.required("guest")
    plan = try Self.plan(guest)
    // Tables, and whatever the host needs itself, have to fit beside the guest.
    let needed = (plan.privateUnits + plan.sharedUnits).reduce(UInt64(64 << 20)) { $0 + $1.size.bytes }
    guard needed <= memory else {
      throw guest.error(.contradiction, "the guest does not fit into memory", expected: "memory: at least \(needed >> 20)MiB")
    }

    parameters = try map.optional("parameters").map { node throws(DocumentError) in try Self.parameters(node) } ?? Parameters()
    if let node = map.optional("parameters") {
      let map = try Self.parametersMap(node)
      if let value = map.optional("streamRouting") { routing = try value.word(of: StreamRouting.self) }
      if let value = map.optional("reportPortion") { reportPortion = UInt16(truncatingIfNeeded: try value.integer(in: 16...32767)) }
    }
    devices = []
    let list = try map.required("devices")
    let written = try list.sequence
    guard (1...Int(Bounds.machineLimit.devices)).contains(written.count) else {
      throw list.error(.outOfRange, "\(written.count) devices", expected: "1 to \(Bounds.machineLimit.devices)")
    }
    for node in written { devices.append(try Self.device(node, beside: devices)) }
    importers = []
    if let node = map.optional("importers") { importers = try Self.importers(node, devices) }
    policy = EvidencePolicy(measurements: devices.map { sha384($0.firmware) })
    if let node = map.optional("policy") { policy = try Self.policy(node) }
    try settlePages(at: list)
  }

  private static func plan(_ node: DocumentNode) throws(DocumentError) -> AddressPlan {
    let map = try node.mapping(keys: ["private", "shared"])
    var taken: [AddressRange<GuestPhysicalAddress>] = []
    func units(_ key: String) throws(DocumentError) -> [AddressPlan.Unit] {
      let node = try map.required(key)
      let map = try node.mapping(keys: ["count", "size", "base"])
      let count = try map.required("count").integer(in: 1...UInt64(Bounds.machineLimit.memory))
      let sizeNode = try map.required("size"), baseNode = try map.required("base")
      let bytes = try sizeNode.size()
      guard let size = [PageSize.small, .large].first(where: { $0.bytes == bytes }) else {
        throw sizeNode.error(.outOfRange, "a unit is one page", expected: "4KiB or 2MiB")
      }
      let base = try baseNode.integer(in: 0...AddressPlan.firstSlot - 1)
      guard base & (bytes - 1) == 0 else {
        throw baseNode.error(.outOfRange, "the base is not aligned to \(bytes) bytes", expected: "a multiple of the size")
      }
      guard let range = AddressRange(start: GuestPhysicalAddress(base), length: count * bytes),
        range.end.rawValue <= AddressPlan.firstSlot
      else {
        throw baseNode.error(
          .outOfRange, "the units reach into the devices' slots",
          expected: "an end of at most \(hexadecimal(AddressPlan.firstSlot))")
      }
      if let other = taken.first(where: { $0.overlaps(range) }) {
        throw baseNode.error(.contradiction, "\(range) overlaps \(other)", expected: "ranges that do not touch the same page")
      }
      taken.append(range)
      return (0..<count).map { AddressPlan.Unit(base: GuestPhysicalAddress(base + $0 * bytes), size: size) }
    }
    return AddressPlan(privateUnits: try units("private"), sharedUnits: try units("shared"))
  }

  private static func parametersMap(_ node: DocumentNode) throws(DocumentError) -> MappingReader {
    try node.mapping(
      keys: [
        "dmaMayBeAcceptedInRun", "strictDMA", "iotlbEpochNeedsAcceptedDMA", "seamcallErrorKillsVM", "lockMSIX", "streamRouting", "reportPortion",
      ])
  }

  private static func parameters(_ node: DocumentNode) throws(DocumentError) -> Parameters {
    let map = try parametersMap(node)
    var parameters = Parameters()
    if let value = map.optional("dmaMayBeAcceptedInRun") { parameters.dmaMayBeAcceptedInRun = try value.boolean }
    if let value = map.optional("strictDMA") { parameters.strictDMA = try value.boolean }
    if let value = map.optional("iotlbEpochNeedsAcceptedDMA") { parameters.iotlbEpochNeedsAcceptedDMA = try value.boolean }
    if let value = map.optional("seamcallErrorKillsVM") { parameters.seamcallErrorKillsVM = try value.boolean }
    if let value = map.optional("lockMSIX") { parameters.locksMessages = try value.boolean }
    return parameters
  }

  /// Importers are dealt to devices in turn by the rules: each gets the next number that belongs to its device.
  private static func importers(_ node: DocumentNode, _ devices: [Device]) throws(DocumentError) -> [Importer] {
    var found: [Importer] = []
    let limit = Int(Bounds.machineLimit.importers)
    for entry in try node.sequence {
      let map = try entry.mapping(keys: ["name", "kind", "device"])
      let nameNode = try map.required("name"), place = try map.required("device")
      let name = try nameNode.string
      guard !name.isEmpty, !found.contains(where: { $0.name == name }) else {
        throw nameNode.error(.contradiction, "the name \(quoted(name)) is taken or empty", expected: "a name of its own")
      }
      let text = try place.string
      guard let d = devices.firstIndex(where: { $0.address == RequesterID(text) }) else {
        throw place.error(
          .unknownWord, "no device \(quoted(text))",
          expected: "one of: " + devices.map(\.address.description).joined(separator: ", "))
      }
      guard let index = (0..<limit).first(where: { i in i % devices.count == d && !found.contains { Int($0.index) == i } }) else {
        throw entry.error(.outOfRange, "too many importers", expected: "at most \(limit / devices.count) a device")
      }
      let kind = try map.required("kind").word(of: Kind.self)
      found.append(Importer(name: name, kind: kind, device: UInt8(d), index: UInt8(index)))
    }
    return found.sorted { $0.index < $1.index }
  }

  private static func policy(_ node: DocumentNode) throws(DocumentError) -> EvidencePolicy {
    let map = try node.mapping(keys: ["measurements", "deviceInfo", "root"])
    func digest(_ node: DocumentNode) throws(DocumentError) -> [UInt8] {
      let digits = Array(try node.string)
      let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2).compactMap {
        UInt8(String(digits[$0...$0 + 1]), radix: 16)
      }
      guard digits.count == 96, digits.allSatisfy(\.isHexDigit), bytes.count == 48 else {
        throw node.error(.wrongType, "no SHA-384 digest", expected: "96 hexadecimal digits")
      }
      return bytes
    }
    var measurements: [[UInt8]] = []
    for entry in try map.required("measurements").sequence { measurements.append(try digest(entry)) }
    let info = try map.optional("deviceInfo").map { node throws(DocumentError) in try digest(node) }
    let root = try map.optional("root").map { node throws(DocumentError) in try digest(node) }
    return EvidencePolicy(measurements: measurements, deviceInfo: info, root: root)
  }
}
