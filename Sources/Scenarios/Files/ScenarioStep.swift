import Documents
import Machine
import Rules

/// One step of a scenario: a verb, what it is about, and how it should end.
public struct ScenarioStep: Hashable, Sendable {
  public enum Deed: Hashable, Sendable {
    /// A procedure, from its beginning to its end.
    case call(Procedure)
    /// A procedure is entered and stands before its first step, so that others can come between.
    case start(Procedure)
    /// A procedure that is under way goes on: some steps, or until the step of that name is the next.
    case advance(Procedure, Amount)
    case finish(Procedure)
    /// All procedures that are under way, step by step in an order that the seed decides, to their ends.
    case interleave
    case guest(GuestDeed)
    case transfer(isPrivate: Bool, Amount)
    case host(OutsiderDeed)
    case peer(OutsiderDeed)
    case importer(ImporterDeed)
    case vmm(MonitorDeed)
    /// The host tampers with what it was given to carry; of a handshake with one of its messages, of a report with a portion.
    case relay(Tampering, TamperedPart)
    /// Somebody on a device's link tampers with a packet.
    case link(LinkTampering)
    /// Whether VFIO keeps its VMM's writes from a device that is bound.
    case vfio(keeps: Bool)
    /// Any action of the rules, as `list steps` and logs write it.
    case action(Action)
  }

  /// How far, or how much.
  public enum Amount: Hashable, Sendable {
    case count(Int)
    case until(String)
    /// The run's payload.
    case payload
  }

  public var deed: Deed
  public var device: UInt8 = 0
  public var page: PageChoice?
  public var unit = UnitChoice.number(0)
  public var importerIndex: UInt8 = 0
  /// A guest's access to a page: through the private half of its addresses.
  public var isSecure = false
  public var expectation: Choice<StepExpectation>
  /// Only in these variants; empty means in all.
  public var variants: [String]
  public var position: Position
}

public enum GuestDeed: String, CaseIterable, Hashable, Sendable {
  case enter, attest, start, read, write, load
  case acceptMMIO = "accept-mmio", acceptDMA = "accept-dma", acceptMemory = "accept-memory"
}
/// What the host's CPU or another device tries.
public enum OutsiderDeed: String, CaseIterable, Hashable, Sendable { case touch, read, write }
public enum ImporterDeed: String, CaseIterable, Hashable, Sendable { case attach, map, use, finish, unmap, detach }
public enum MonitorDeed: String, CaseIterable, Hashable, Sendable {
  case crash, exit, mmap
  case writeCommand = "write-command", writeMSIX = "write-msix", setIRQs = "set-irqs", writeMailbox = "write-mailbox"
}

/// How a step should end.
public struct StepExpectation: Hashable, Sendable {
  public enum Outcome: String, CaseIterable, Hashable, Sendable {
    case ok, refused, ignored, fault, violated
    /// A procedure that waits for what cannot come.
    case hangs
    /// As the T-bit table has it for the page of a locked interface: `ok` where the device reports it as IS_NON_TEE_MEM, a fault where it
    /// is TEE memory (PCIe 6.0 section 11.2.3).
    case asReported = "as-reported"
    /// Whatever comes: the scenario's own `expect` judges.
    case any
  }
  public var outcome = Outcome.ok
  /// An event of the step must carry each that is given.
  public var code: String?
  public var guardName: Guard?
  public var property: Property?
}
