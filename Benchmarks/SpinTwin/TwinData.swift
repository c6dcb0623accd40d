import Models
import Rules

/// What the twin takes as data: size, parameters, the guards that are off, what is asked, the compiled playbook, and the world that
/// the set-up came to. Everything else in `Benchmarks/spin` is written by hand.
struct TwinData {
  let model: Model
  /// Print every state that is expanded, for a comparison state by state. Wants `printing` when the verifier is compiled.
  var printsStates = false

  /// The fields that a twin with one device has: the ones counted by something that there is. With one device `accessDevice` and
  /// `taskDevice` are always 0.
  static func fields(of bounds: Bounds, isHost: Bool) -> [Field] {
    Field.allCases.filter { field in
      ![.accessDevice, .taskDevice].contains(field) && bounds.count(along: field.axis) > 0 && (isHost || !hostFields.contains(field))
    }
  }

  /// What an untrusted host has no use for.
  static let hostFields: [Field] = [
    .taskPosition, .taskCursor, .taskHoldsFrame, .taskDeed, .deviceSetLock, .memoryLock, .reservation, .tsmLock, .vdevice, .viommuExists,
    .isBound, .holdsVM, .bufferIsExported, .bufferIsRevoked, .slot, .slotIsPrivate, .mirror, .importerState, .importerIsInvalidated, .importerIsUsing,
    .importerIsPinned,
  ]

  var fields: [Field] { Self.fields(of: model.book.bounds, isHost: model.kind == .privateMMIO) }

  /// A line of the playbook that leads to itself could be passed without a change, which Spin would count.
  var circularLine: Int? {
    (1..<model.book.playbook.count).first { position in
      let line = model.book.playbook[UInt16(position)], here = UInt16(position)
      return line.next == here || (line.onBusy == .jump && line.busyTarget == here) || (line.onError == .jump && line.errorTarget == here)
    }
  }

  /// The file that Spin is given; it includes the twin at `path`.
  func text(including path: String) -> String {
    let book = model.book, parameters = book.parameters
    var lines = ["/* Generated: the data of one question. */"]
    func define(_ name: String, _ value: some BinaryInteger) { lines.append("#define \(name) \(value)") }
    func define(_ name: String, _ flag: Bool) { define(name, flag ? 1 : 0) }
    define("PAGES", book.bounds.pages)
    define("IMPORTERS", book.bounds.importers)
    define("NON_TEE_PAGES", parameters.nonTEEPages)
    define("HOSTILE", book.cast == .hostileVMM)
    define("STRICT_DMA", parameters.strictDMA)
    define("DMA_IN_RUN", parameters.dmaMayBeAcceptedInRun)
    define("IOTLB_EPOCH_NEEDS_ACCEPTED_DMA", parameters.iotlbEpochNeedsAcceptedDMA)
    define("SEAMCALL_ERROR_KILLS_VM", parameters.seamcallErrorKillsVM)
    for law in Guard.laws { define("DROP_\(law.name)", book.law.isDropped(law)) }
    for property in Property.allCases {
      define("ASKED_\(property.name)", book.asked.contains(property))
      define("NUMBER_\(property.name)", property.code + 1)
    }
    for step in Step.allCases { define("do_\(step.name)", step.code) }
    for condition in Condition.allCases { define("if_\(condition.name)", condition.code) }
    for policy in BusyPolicy.allCases { define("onBusy_\(policy.name)", policy.code) }
    for policy in ErrorPolicy.allCases { define("onError_\(policy.name)", policy.code) }
    for procedure in Procedure.allCases {
      define("in_\(procedure.name)", procedure.code)
      define("ENTRY_\(procedure.name)", book.playbook.entry(of: procedure))
    }
    for field in fields { lines.append("#define INITIAL_\(field) \(initial(field))") }
    lines.append("c_decl {")
    lines += columns
    lines.append("}")
    lines.append(printsStates ? "#define DUMP :: c_expr { PRINT_STATE } -> skip" : "#define DUMP")
    lines.append("#include \"\(path)\"")
    return lines.joined(separator: "\n") + "\n"
  }

  private func initial(_ field: Field) -> String {
    let values = values(of: field, in: model.initial).map(String.init)
    return field.axis == .page || field.axis == .importer || field.axis == .task ? "{" + values.joined(separator: ", ") + "}" : values[0]
  }

  /// A field's values along its axis, in the order in which the twin has them.
  func values(of field: Field, in world: PackedWorld) -> [UInt16] {
    let bounds = model.book.bounds
    if field.axis == .page { return (0..<bounds.pages).map { world[field, world.pageIndex(0, $0)] } }
    return (0..<bounds.count(along: field.axis)).map { world[field, $0] }
  }

  /// The playbook by columns, with one line behind the last that is of no procedure.
  private var columns: [String] {
    let lines = (0..<model.book.playbook.count).map { model.book.playbook[UInt16($0)] }
    func column(_ name: String, type: String = "unsigned char", last: Int = 0, _ value: (PlaybookLine) -> Int) -> String {
      "static const \(type) line_\(name)[] = {" + (lines.map(value) + [last]).map(String.init).joined(separator: ",") + "};"
    }
    return [
      column("step") { Int($0.step.code) }, column("procedure", last: 255) { Int($0.procedure.code) }, column("isRepeated") { $0.isRepeated ? 1 : 0 },
      column("hasPurpose") { $0.hasPurpose ? 1 : 0 },
      column("condition") { Int($0.condition.code) }, column("expects") { $0.expects ? 1 : 0 }, column("onBusy") { Int($0.onBusy.code) },
      column("onError") { Int($0.onError.code) }, column("busyTarget", type: "short") { Int($0.busyTarget) },
      column("errorTarget", type: "short") { Int($0.errorTarget) }, column("next", type: "short") { Int($0.next) },
    ]
  }

  /// An option's guard that is never true and prints the state; it is asked once for each state. Spin wants no calls in an
  /// expression, so that the name becomes them only when the verifier is compiled.
  var printing: String {
    let names = fields.flatMap { field in
      let isArray = [.page, .importer, .task].contains(field.axis)
      return self.values(of: field, in: model.initial).indices.map { "now.\(field)\(isArray ? "[\($0)]" : "")" }
    }
    return "-DPRINT_STATE=(printf(\"STATE\"), " + names.map { "printf(\" %d\", (int) \($0)), " }.joined() + "printf(\"\\n\"), 0)"
  }
}
