import Machine
import Primitives
import Procedures
import Rules
import Testing

/// Whole runs before the judge.
struct JudgeTests {
  static let bounds = Bounds(devices: 1, pages: 4, importers: 2, memory: 2)

  static func machine(
    _ variant: String = ProcedureSet.defaultVariant, faults: [String] = [], cast: Cast = .behaved, bounds: Bounds = bounds, seed: UInt64 = 1
  ) throws -> Machine {
    var procedures = try ProcedureSet(variant: variant)
    for fault in faults { try procedures.apply(fault: fault) }
    var parameters = Parameters()
    parameters.nonTEEPages = 0b1100
    let book = Rulebook(law: procedures.law, playbook: try procedures.playbook(), cast: cast)
    return try Machine(MachineFile.synthetic(bounds: bounds, parameters: parameters), book, seed: seed)
  }

  /// Everything that a life has: shared use, private use, accesses of all kinds, and an end that `end` gives it.
  static func life(_ m: Machine, end: (Machine) -> Void) -> [Action] {
    _ = m.setUp()
    _ = m.guestRegisters(0, 0, secure: false, [.load(0, width: 8)])
    _ = m.guestRegisters(0, 3, secure: false, [.load(0, width: 8)])
    for action in [Action.attach(importer: 0), .map(importer: 0), .use(importer: 0), .finish(importer: 0)] { m.attempt(action) }
    m.attempt(.startDMA(device: 0, trusted: false))
    m.attempt(.finishSharedDMA(device: 0))
    m.attempt(.guestWrites(unit: 0))
    m.attempt(.guestReads(unit: 0))
    _ = m.goPrivate(0)
    for p in 0..<UInt8(2) {
      m.attempt(.beginAccess(device: 0, page: p, secure: true))
      m.attempt(.endAccess)
    }
    m.attempt(.startDMA(device: 0, trusted: true))
    m.attempt(.finishTrustedDMA(device: 0, unit: 0))
    m.attempt(.beginAccess(device: 0, page: 1, secure: true))
    m.attempt(.endAccess)
    m.hostReads(0)
    m.peerReads(0)
    end(m)
    m.peerTouches(0, page: 1)
    m.crash()
    m.teardown()
    return m.events.compactMap { $0.action.flatMap { Action($0) } }
  }

  static let ends: [(name: String, end: @Sendable (Machine) -> Void)] = [
    ("unbind", { m in m.unbind(0) }), ("reset", { m in m.reset(0) }), ("memory off", { m in m.memoryOff(0) }),
    ("close", { m in m.close(0) }), ("crash", { m in m.crash() }), ("power down", { m in m.run(.powerDown, 0) }),
    ("convert", { m in m.run(.convert, 0, page: 0) }),
    (
      "poke",
      { m in
        m.hostWrites(0); m.attempt(.guestReads(unit: 0)); m.close(0)
      }
    ),
    (
      "unbind and again",
      { m in
        m.unbind(0); m.reset(0); _ = m.goPrivate(0); m.unbind(0)
      }
    ),
  ]

  #if DEBUG
    // A debug build is slow: a spread of them.
    static let variants = ["unbind-first", "mainline-7.1"]
    static let faults = ["unmap-before-stop", "forget-invalidation", "busy-is-every-error"]
  #else
    static let variants = ProcedureSet.variantNames
    static let faults = ProcedureSet.faultNames
  #endif

  @Test(arguments: JudgeTests.variants, JudgeTests.ends.map(\.name))
  func aLifeIsJudged(variant: String, end: String) throws {
    let end = try #require(Self.ends.first { $0.name == end }?.end)
    let actions = Self.life(try Self.machine(variant), end: end)
    let judge = Judge(try Self.machine(variant))
    judge.perform(actions)
    #expect(judge.disagreement() == nil)
    for call in ["MMIO T=1", "MMIO T=0", "memory read", "DMA T=1", "DMA T=0", "MMIO touch T=0", "P2P read T=0"] {
      #expect(judge.moved[call, default: 0] > 0, "\(call) never moved a byte")
    }
  }

  @Test(arguments: JudgeTests.faults)
  func aFaultyHostIsJudged(fault: String) throws {
    let file = try ProcedureSet.fault(fault)
    let variant = file.variants.first ?? ProcedureSet.defaultVariant
    for (name, end) in Self.ends.prefix(4) {
      let actions = Self.life(try Self.machine(variant, faults: [fault]), end: end)
      let judge = Judge(try Self.machine(variant, faults: [fault]))
      if fault == "busy-is-every-error" { judge.forgiven = ["TDH.MMIO.UNMAP"] }
      judge.takesLocksAway = fault == "unlocked-revoke"
      judge.perform(actions)
      #expect(judge.disagreement() == nil, "\(fault), \(name)")
    }
  }
}
