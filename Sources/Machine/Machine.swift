import Crypto
import Documents
import Host
import Memory
import PCI
import Primitives
import Rules
import SPDM
import TEE

/// A machine that runs: the rules' values in a table, real bytes in memory and devices, and a log of all that was attempted.
///
/// Everything goes through `attempt`: the rules decide on a draft; if they accept, the draft becomes the world and the roles
/// perform the effect. Same file, same playbook, same seed, same actions: the same bytes and the same log.
public final class Machine {
  public let file: MachineFile
  public let book: Rulebook
  public let seed: UInt64
  /// What the rules know.
  public internal(set) var world: TableWorld
  public internal(set) var events: [Event] = []
  /// The first property that was broken, and the event that broke it.
  public internal(set) var violation: (property: Property, event: Int)?
  /// Effects that could not be carried out. Always empty: an entry is a defect of the machine.
  public internal(set) var troubles: [String] = []

  public let hardware: Hardware
  public let module: TDXModule
  public let kvm: KVM
  public let vfio: VFIO
  public let iommufd: IOMMUFD
  public let importers: [BufferImporter?]
  /// What everything is called in the log.
  public let names: ActionNames
  /// Bytes that devices and guest have moved for a payload.
  public internal(set) var bytesMoved: UInt64 = 0

  var random: SeededRandom
  /// Lines of private units that the host has written, by unit: offsets of 64 bytes.
  var pokes: [[UInt64]]
  /// VFIO keeps its VMM's writes from a device that is bound; otherwise it passes on what it passes on.
  public var keepsBound = false
  /// How evidence reaches the module, and what came of it.
  public let evidenceSource: EvidenceSource
  public internal(set) var evidence: EvidenceFound
  /// What answers behind each device's mailbox, once somebody has asked.
  var ends: [DeviceEnd?]
  /// The links of devices whose stream is ready, and the keys that root ports have for them.
  var links: [MachineLink?]
  var rootKeys: [[KeyProgram]]
  /// What the host has carried last, which it may keep: a few objects and their answers; and of handshakes the last answer to each question.
  var carried: [[(question: DOEObject, answer: DOEObject)]]
  var handshakes: [[MessageCode: DOEObject]]
  /// What devices move of the payload that is under way.
  var deviceHash: SHA256?
  /// Compares bytes and rules after every event, and adds what differs to `troubles`: slow, for tests.
  public var auditsEveryEvent = false

  /// - Parameter book: procedures, law and cast; its bounds and page mask are taken from the file.
  /// - Throws: `MachineError` where the file describes what cannot be built.
  public init(
    _ file: MachineFile, _ book: Rulebook = Rulebook(), seed: UInt64 = 1, evidence source: EvidenceSource = .session
  ) throws(MachineError) {
    var book = book
    book.bounds = file.bounds
    let strict = book.parameters.strictDMA || file.parameters.strictDMA
    book.parameters = file.parameters
    book.parameters.strictDMA = strict
    (self.file, self.book, self.seed) = (file, book, seed)
    random = SeededRandom(seed: seed)
    world = TableWorld(bounds: book.bounds)
    world.begin()
    _ = world.takeJournal()
    (evidenceSource, evidence) = (source, source == .session ? .notAsked : .unauthenticated)
    ends = Array(repeating: nil, count: file.devices.count)
    links = Array(repeating: nil, count: file.devices.count)
    rootKeys = Array(repeating: [], count: file.devices.count)
    carried = Array(repeating: [], count: file.devices.count)
    handshakes = Array(repeating: [:], count: file.devices.count)
    pokes = Array(repeating: [], count: file.plan.privateUnits.count)

    var placement = BARPlacement(file.banks)
    var functions: [BusFunction] = []
    for device in file.devices {
      guard let addresses = placement.place(device.dump.bars) else {
        throw MachineError("no room for the BARs of \(device.address)")
      }
      var function = BusFunction(
        id: device.address, dump: device.dump, addresses: addresses, pages: device.pages, engineBAR: device.engineBAR,
        firmware: device.firmware)
      if let on = device.msix { function.enableMessages(on) }
      functions.append(function)
    }
    do throws(MemoryError) {
      hardware = try Hardware(banks: file.banks, functions: functions)
      module = TDXModule(
        hardware: hardware, plan: file.plan, seed: random.next(), portion: file.reportPortion, trust: ModelledIdentity.verify)
      kvm = KVM(hardware: hardware, plan: file.plan)
      iommufd = IOMMUFD(hardware: hardware, plan: file.plan)
      vfio = VFIO(hardware: hardware, iommufd: iommufd)
      var importers: [BufferImporter?] = Array(repeating: nil, count: Int(book.bounds.importers))
      for importer in file.importers {
        let requester = RequesterID(rawValue: 0xF000 | UInt16(importer.index) << 3)
        importers[Int(importer.index)] = try BufferImporter(
          name: importer.name, kind: importer.kind.rawValue, device: importer.device, requester: requester, hardware: hardware)
      }
      self.importers = importers
      names = ActionNames(
        devices: hardware.functions.map(\.id.description),
        pages: hardware.functions.map { $0.pages.map { ActionNames.Page(bar: $0.bar, offset: $0.offset) } },
        units: file.plan.privateUnits.map(\.base), importers: importers.map { $0?.name })
    } catch { throw MachineError("\(error)") }
  }

  public var devices: Range<UInt8> { 0..<book.bounds.devices }
  public func id(_ d: UInt8) -> RequesterID { hardware.functions[Int(d)].id }
  /// The device's side of TDISP.
  var security: DeviceSecurityManager { DeviceSecurityManager(hardware, module, locksMessages: book.parameters.locksMessages) }
  /// A device other than `d`: another one of the machine, or a card that nobody uses.
  public func peer(of d: UInt8) -> RequesterID {
    book.bounds.devices > 1 ? id((d + 1) % book.bounds.devices) : RequesterID(rawValue: 0xFE00)
  }
}

/// A machine that cannot be built.
public struct MachineError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
