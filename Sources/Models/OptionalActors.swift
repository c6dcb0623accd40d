import Procedures
import Rules

/// Who takes part in `private-mmio` only where it is asked for, because they multiply its world.
public struct OptionalActors: Hashable, Sendable {
  /// A hostile VMM writes what VFIO passes raw.
  public var writesRaw: Bool
  /// A VMM, hostile or not otherwise, spoils the DOE mailbox.
  public var spoilsMailbox: Bool
  /// A hostile VMM switches bus mastering off and on in two writes, with everything else between them.
  public var switchesBusMaster: Bool
  /// A hostile VMM makes memory private again that it had converted.
  public var returnsMemory: Bool
  /// Procedures that are entered besides, of those that can be.
  public var procedures: Set<Procedure>
  /// Procedures whose steps may fail by chance, where they say what happens then.
  public var failing: Set<Procedure>
  /// And so may those of every procedure that somebody changed.
  public var changedMayFail: Bool

  public init(
    writesRaw: Bool = false, spoilsMailbox: Bool = false, switchesBusMaster: Bool = false, returnsMemory: Bool = false,
    procedures: Set<Procedure> = [], failing: Set<Procedure> = [], changedMayFail: Bool = true
  ) {
    (self.writesRaw, self.spoilsMailbox, self.switchesBusMaster) = (writesRaw, spoilsMailbox, switchesBusMaster)
    (self.returnsMemory, self.procedures) = (returnsMemory, procedures)
    (self.failing, self.changedMayFail) = (failing, changedMayFail)
  }

  /// What nobody enters otherwise: the TSM core's `connect` and `disconnect`, which an administrator asks for (sysfs), and what a VMM that
  /// behaves need not do. A hostile one does the latter in any case.
  public static let enterable: [Procedure] = [.connect, .disconnect, .powerDown, .powerUp, .convert]

  /// What has to come before the other can do anything: the set-up leaves a device connected and its function powered.
  private static let opposites: [Procedure: Procedure] = [.connect: .disconnect, .powerUp: .powerDown]

  /// Procedures that fail without being asked to, where these are changed. Who fails in the middle of a disconnect has nothing to fall back
  /// on: that is asked by hand.
  public static func failing(where changed: Set<Procedure>) -> Set<Procedure> { changed.subtracting([.disconnect]) }

  /// Those that make sense in this cast. A procedure that somebody changed is entered: it would hold whatever it did. For the same reason its
  /// steps fail by chance.
  func fitting(_ cast: Cast, _ host: ProcedureSet) -> OptionalActors {
    let named = procedures.union(host.changed).union(failing).intersection(Self.enterable)
    let asked = named.union(named.compactMap { Self.opposites[$0] })
    let failing = failing.union(changedMayFail ? Self.failing(where: host.changed) : []).intersection(host.fallible)
    guard cast == .hostileVMM else {
      return OptionalActors(spoilsMailbox: spoilsMailbox, procedures: asked, failing: failing, changedMayFail: changedMayFail)
    }
    return OptionalActors(
      writesRaw: writesRaw, spoilsMailbox: spoilsMailbox, switchesBusMaster: switchesBusMaster, returnsMemory: returnsMemory,
      procedures: asked.intersection([.connect, .disconnect]), failing: failing, changedMayFail: changedMayFail)
  }
}
