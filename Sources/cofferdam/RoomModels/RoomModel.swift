import BufferModels
import Charts
import DeviceModels
import HeapModels
import Modelling
import Primitives
import Restriction
import Rules
import SPDM
import Sharing

/// A model of a room of its own, made with `Modelling`, as the command line shows it: what it is called, what can be asked of it, what can
/// go wrong in it. One value for each; `check` and `list` know no more of them.
struct RoomModel: Sendable {
  struct Entry: Sendable {
    var name: String
    var summary: String
    /// Asked only with `--liveness`, or by name.
    var isPromise = false
  }

  /// What a check asks for.
  struct Request {
    var fault: String?
    var properties: [String] = []
    var liveness = false
    var pages: UInt8?
  }

  /// What a fault comes to, as its room says it.
  enum Declaration: Hashable, Sendable {
    /// Something breaks; the room does not say what.
    case something
    case breaks(property: String)
    /// A guard that no model misses, and a table in the tests of its room does.
    case table

    init(_ property: String?) { self = property.map { .breaks(property: $0) } ?? .table }
  }

  let name: String
  let summary: String
  /// Whose rules it has; nil where they are no platform's.
  var platform: Platform?
  let properties: [Entry]
  let faults: [Entry]
  let guards: [GuardEntry]
  /// What `--pages` may be, and what is wrong with another number; nil where it says nothing.
  var pages: (range: ClosedRange<UInt8>, meaning: String)?
  /// Who does what, for a page.
  let lane: @Sendable (_ action: String) -> Lane
  /// All names in a request are known.
  let make: @Sendable (Request) throws(ModelError) -> Modelling.Model
  /// Whose guards it drops; nil: a room's that has no other model.
  var law: String?
  /// By the names of `--fault`. A model that says nothing has to see every fault of its own.
  var declaration: @Sendable (_ fault: String) -> Declaration = { _ in .something }

  static let all: [RoomModel] = [.restrictedHeap, .spdmSession, .ideKeys] + BufferModel.allCases.map(RoomModel.init)
  static func named(_ name: String?) -> RoomModel? { all.first { $0.name == name } }

  /// Guards that no model asks, since none carries what they refuse.
  static let unmodelled: [(law: String, guards: [GuardEntry])] = [
    (sharing, SharingGuard.allCases.filter { law in !BufferModel.allCases.contains { $0.guards.contains(law) } }.map(\.entry))
  ]
  static let sharing = "buffers"

  var hasPromises: Bool { properties.contains(where: \.isPromise) }
  var faultNames: [String] { faults.map(\.name) + guards.map { "drop-guard:" + $0.id } }
}

extension RoomModel {
  static let restrictedHeap = RoomModel(
    name: RestrictedHeapModel.name, summary: RestrictedHeapModel.summary, platform: .trustzone,
    properties: HeapProperty.allCases.map { Entry(name: $0.rawValue, summary: $0.sentence, isPromise: $0 == .lendNotReclaimed) },
    faults: HeapFault.named.map { Entry(name: $0.name, summary: $0.summary) },
    guards: RestrictedGuard.laws.map(\.entry),
    pages: (2...4, "2 to 4, of which one is a carve-out"), lane: { _ in "memory" },
    make: { (request: Request) throws(ModelError) in
      let asked = request.properties.compactMap { HeapProperty(rawValue: $0) }
      return try RestrictedHeapModel.make(
        pages: Int(request.pages ?? 2), fault: request.fault.flatMap { HeapFault($0) },
        liveness: request.liveness || asked.contains(.lendNotReclaimed), asking: asked)
    }, law: "restricted memory", declaration: { Declaration(HeapFault($0)?.breaks?.rawValue) })

  static let spdmSession = RoomModel(
    name: SPDMSessionModel.name, summary: SPDMSessionModel.summary,
    properties: SessionProperty.allCases.map { Entry(name: $0.rawValue, summary: $0.sentence) },
    faults: SessionFault.named.map { Entry(name: $0.name, summary: $0.summary) },
    guards: ProtocolGuard.ofSessions.map(\.entry),
    lane: { $0.hasPrefix("r-") ? "requester" : "responder" },
    make: { (request: Request) throws(ModelError) in
      try SPDMSessionModel.make(
        fault: request.fault.flatMap { SessionFault($0) }, asking: request.properties.compactMap { SessionProperty(rawValue: $0) })
    }, law: "sessions and links", declaration: { Declaration(SessionFault($0)?.breaks?.rawValue) })

  static let ideKeys = RoomModel(
    name: IDEKeysModel.name, summary: IDEKeysModel.summary,
    properties: KeyProperty.allCases.map { Entry(name: $0.rawValue, summary: $0.sentence) },
    faults: KeyFault.named.map { Entry(name: $0.name, summary: $0.summary) },
    guards: ProtocolGuard.ofLinks.map(\.entry) + KeyFault.interfaceGuards.map(\.entry),
    lane: { action in
      if action.hasPrefix("host-") { return .host }
      if action.hasPrefix("d-") { return .device }
      return ["write", "read", "time-out", "p-takes", "port-go"].contains { action.hasPrefix($0) } ? "root-port" : .tsm
    },
    make: { (request: Request) throws(ModelError) in
      try IDEKeysModel.make(fault: request.fault.flatMap { KeyFault($0) }, asking: request.properties.compactMap { KeyProperty(rawValue: $0) })
    }, law: "sessions and links", declaration: { Declaration(KeyFault($0)?.breaks?.rawValue) })
}
