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

  public init(
    writesRaw: Bool = false, spoilsMailbox: Bool = false, switchesBusMaster: Bool = false, returnsMemory: Bool = false,
    procedures: Set<Procedure> = [], failing: Set<Procedure> = []
  ) {
    (self.writesRaw, self.spoilsMailbox, self.switchesBusMaster) = (writesRaw, spoilsMailbox, switchesBusMaster)
    (self.returnsMemory, self.procedures, self.failing) = (returnsMemory, procedures, failing)
  }

  /// What nobody enters otherwise: the TSM core's `connect` and `disconnect`, which an administrator asks for (sysfs), and what a VMM that
  /// behaves need not do. A hostile one does the latter in any case.
  public static let enterable: [Procedure] = [.connect, .disconnect, .powerDown, .powerUp, .convert]

  /// What has to come before the other can do anything: the set-up leaves a device connected and its function powered.
  private static let opposites: [Procedure: Procedure] = [.connect: .disconnect, .powerUp: .powerDown]

  /// Those that make sense in this cast. A procedure that somebody changed is entered: it would hold whatever it did. For the same reason its
  /// steps fail where what it does then was changed.
  func fitting(_ cast: Cast, _ host: ProcedureSet) -> OptionalActors {
    let named = procedures.union(host.changed).union(failing).intersection(Self.enterable)
    let asked = named.union(named.compactMap { Self.opposites[$0] })
    // Whoever fails to disconnect has nothing to fall back on.
    let failing = failing.intersection(host.fallible).union(host.copingOtherwise.subtracting([.disconnect]))
    guard cast == .hostileVMM else { return OptionalActors(spoilsMailbox: spoilsMailbox, procedures: asked, failing: failing) }
    return OptionalActors(
      writesRaw: writesRaw, spoilsMailbox: spoilsMailbox, switchesBusMaster: switchesBusMaster, returnsMemory: returnsMemory,
      procedures: asked.intersection([.connect, .disconnect]), failing: failing)
  }
}
