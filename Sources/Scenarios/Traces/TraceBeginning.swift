import Documents
import Machine
import Primitives
import Procedures
import Rules

/// Where a log may begin, the rules that it is held to, and what everything is called there.
public struct TraceBeginning: Sendable {
  public var worlds: [TableWorld]
  public var book: Rulebook
  public var shape: MachineShape
  public var names: ActionNames
  /// Whose procedures: for whoever shows it.
  public var variant: String?
  /// The index of the first event, where that is known.
  var firstIndex: Int?
  /// Whether addresses are known to lie where the log has them.
  var knowsAddresses = false
  /// Whether the procedures are those by which the log was written: a task's position in others is another number.
  var knowsPositions = false

  /// Where a recording says that it begins; with other procedures, if they are given.
  public init(_ written: RecordingHeader, host: HostDescription? = nil) throws(ScenarioError) {
    var header = written
    if let host { header.host = host }
    let (world, book) = try header.beginning()
    (worlds, self.book, shape) = ([world], book, header.shape)
    names = try Self.names(header.shape)
    firstIndex = header.prologue.count
    variant = header.host.variant
    knowsAddresses = true
    knowsPositions = header.host == written.host
  }

  /// A log that does not say where it begins: behind a model's set-up, or in the empty world. Its names are taken as it has them.
  public init(_ log: TraceLog, _ book: Rulebook, setUp: [Action]) throws(ScenarioError) {
    var empty = TableWorld(bounds: book.bounds)
    empty.begin()
    if book.cast != .behaved { _ = empty.perform(.misbehave, book) }
    _ = empty.takeJournal()
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    for action in setUp { _ = world.perform(action, book) }
    _ = world.takeJournal()
    let file = try ScenarioError.mapping { () throws(DocumentError) in
      try MachineFile.synthetic(bounds: book.bounds, parameters: book.parameters)
    }
    (worlds, self.book, shape) = ([world, empty], book, MachineShape(file).named(TraceNames(log.events)))
    // A guest that is not ours asks for its report again, and starts a device that it gave no DMA.
    self.book.parameters.guestIsFree = book.cast == .untrustedHost
    names = try Self.names(shape)
  }

  private static func names(_ shape: MachineShape) throws(ScenarioError) -> ActionNames {
    for device in shape.devices where RequesterID(device.id) == nil { throw .machine("\(quoted(device.id)) is no address of a device") }
    return ActionNames(
      devices: shape.devices.map(\.id), pages: shape.devices.map { $0.pages.map { ActionNames.Page(bar: $0.bar, offset: $0.offset) } },
      units: shape.privateUnits.map { GuestPhysicalAddress($0.base) },
      // As `MachineShape` names an importer that is not there.
      importers: shape.importers.enumerated().map { $1 == "importer \($0)" ? nil : $1 })
  }
}
