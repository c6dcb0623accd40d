import Models
import Primitives
import Procedures
import Rules
import Testing

/// The rules as a run has them, with a built-in variant's procedures.
func rulebook(
  _ cast: Cast = .behaved, bounds: Bounds = Bounds(), variant: String = "unbind-first", dropping guards: [Guard] = [],
  parameters: Parameters = Parameters()
) throws -> Rulebook {
  let playbook = try ProcedureSet(variant: variant).playbook()
  return Rulebook(law: Law(dropping: guards), parameters: parameters, bounds: bounds, playbook: playbook, cast: cast)
}

/// The set-up of every run and every exploration; returns the actions that it took.
@discardableResult func setUp(_ world: inout some Stage, _ book: Rulebook) throws -> [Action] {
  let done = try world.setUp(book)
  #expect(done.broken == nil && done.errors.isEmpty)
  return done.actions
}

let noLaw = Law()
let smallWorld = Bounds(devices: 1, pages: 1, importers: 1, memory: 1)
let someWorlds = [
  smallWorld, Bounds(devices: 1, pages: 2, importers: 0, memory: 2), Bounds(devices: 2, pages: 4, importers: 4, memory: 2),
]

/// Everything that anybody can attempt in a world of this size: the actors of both models and of all casts, every procedure,
/// every step called from outside.
func everyAction(_ bounds: Bounds) -> [Action] {
  var list: [Action] = []
  for cast in Cast.allCases { for kind in ModelKind.allCases { list += kind.actions(bounds, cast: cast) } }
  for d in 0..<bounds.devices {
    for procedure in Procedure.allCases.dropFirst() { list.append(.request(procedure, device: d, page: 0)) }
    list += [
      .startDMA(device: d, trusted: false), .finishSharedDMA(device: d), .mapByHost(device: d), .cycleBusMaster(device: d),
      .streamInsecure(device: d), .setInterrupts(device: d), .spoilMailbox(device: d),
    ]
    for step in Step.allCases {
      let end = step.entry.axis == .page ? bounds.pages : step.entry.axis == .memory ? bounds.memory : 1
      for p in 0..<end { list.append(.call(step, device: d, page: p)) }
    }
    for p in 0..<bounds.pages { list.append(.peerTouchesPage(device: d, page: p)) }
    for m in 0..<bounds.memory { list.append(.finishTrustedDMA(device: d, unit: m)) }
  }
  for procedure in Procedure.allCases.dropFirst() { list += (0..<Bounds.tasks).map { .failStep(procedure, task: $0) } }
  for m in 0..<bounds.memory { list += [.guestReads(unit: m), .guestWrites(unit: m), .hostWrites(unit: m), .acceptMemory(unit: m)] }
  var seen: Set<Action> = []
  return list.filter { seen.insert($0).inserted }
}

extension Field {
  /// How many values the field takes in a world of this size. Written down once more, apart from the layout that it checks.
  func valueCount(_ bounds: Bounds, positions: Int = Playbook.capacity) -> Int {
    switch self {
    case .vmLife: VirtualMachineLife.allCases.count
    case .vmEnd: VirtualMachineEnd.allCases.count
    case .vcpu: VirtualCPU.allCases.count
    case .accessKind: GuestAccessKind.allCases.count
    case .memoryEntry, .entry: SecureEPTEntry.allCases.count
    case .memoryStamp, .stamp: EpochAge.allCases.count
    case .memoryTLB, .tlb: CachedTranslation.allCases.count
    case .importerState: ImporterState.allCases.count
    case .power: PowerState.allCases.count
    case .interface: InterfaceState.allCases.count
    case .recorded: RecordedState.allCases.count
    case .bindingOwner: BindingOwner.allCases.count
    case .request: InterfaceRequest.allCases.count
    case .answer: InterfaceAnswer.allCases.count
    case .guestRequest: GuestRequestStatus.allCases.count
    case .evidence: Evidence.allCases.count
    case .session: SPDMSession.allCases.count
    case .stream: IDEStream.allCases.count
    case .streamKeys: 1 + 6
    case .exchange: SPDMExchange.allCases.count
    case .dmar: DMAREntry.allCases.count
    case .dmarInvalidation: DMARInvalidation.allCases.count
    case .dma: InFlightDMA.allCases.count
    case .vdevice: VirtualDevice.allCases.count
    case .metadata: MMIOMetadata.allCases.count
    case .deviceSetLock, .memoryLock, .reservation, .tsmLock: 1 + Int(Bounds.tasks)
    case .taskPosition: positions
    case .taskCursor: max(1, Int(max(bounds.pages, bounds.memory)))
    case .taskDevice, .accessDevice: Int(bounds.devices)
    case .accessPage, .frame: Int(bounds.pages)
    default: 2
    }
  }
}

/// Which value of which field, at which index: the places that a world of this size has.
func places(_ bounds: Bounds) -> [(field: Field, index: Int)] {
  Field.allCases.flatMap { field in (0..<bounds.count(along: field.axis)).map { (field, $0) } }
}

/// A world with any value in any field: far more than can be reached, and nothing that a field cannot hold.
func wildWorld(_ book: Rulebook, _ random: inout SeededRandom) -> PackedWorld {
  var world = PackedWorld()
  for field in Field.allCases {
    let count = field.valueCount(book.bounds, positions: book.playbook.count)
    for i in 0..<book.bounds.count(along: field.axis) {
      // The page axis of the packed world has four places for each device, however many take part.
      let pages = Int(book.bounds.pages)
      let index = field.axis == .page ? world.pageIndex(UInt8(i / pages), UInt8(i % pages)) : i
      // Idle tasks, free locks and no message under way are as likely as all other values together: most rules ask for them.
      let isRest = field == .taskPosition || field == .request || field.isLock
      world[field, index] = isRest && Bool.random(using: &random) ? 0 : UInt16(random.next() % UInt64(count))
    }
  }
  // The same for a guest that runs: only then it can do anything.
  if Bool.random(using: &random) {
    (world.vmLife, world.vcpu) = (.runnable, .insideCurrent)
    world.set(.vmmIsAlive, 0, true)
  }
  return world
}

extension Field {
  var isLock: Bool { self == .memoryLock || self == .reservation || self == .tsmLock || self == .deviceSetLock }
}

/// One more action of a random walk: tasks are moved half of the time, or nothing would ever end.
func nextAction(_ actions: [Action], _ random: inout SeededRandom) -> Action {
  let roll = random.next()
  if roll & 1 == 0 { return .advance(task: UInt8(roll >> 1 & 1)) }
  return actions[Int((roll >> 2) % UInt64(actions.count))]
}

extension Outcome {
  /// Refused, for whatever reason: where an actor merely has no occasion, the reason says nothing.
  var isRefused: Bool { if case .refused = self { true } else { false } }
}
