import Machine
import Rules

/// The world before a recording's first event, by the names that its log uses: empty for a run, set up for a counterexample.
struct StartingPoint {
  /// In the order of fields.
  let places: [(place: String, value: String)]

  init(_ header: RecordingHeader) {
    var world = TableWorld(bounds: header.bounds)
    world.begin()
    if !header.prologue.isEmpty, let procedures = try? header.host.procedures(), let playbook = try? procedures.playbook() {
      let book = Rulebook(
        law: procedures.law, parameters: header.parameters, bounds: header.bounds, playbook: playbook, cast: header.cast)
      for action in header.prologue where action.fits(header.bounds) { _ = world.perform(action, book) }
    }
    var found: [(String, String)] = []
    for field in Field.allCases where field.axis != .task {
      for index in 0..<header.bounds.count(along: field.axis) {
        found.append((Self.place(of: field, index, header), field.text(world[field, index])))
      }
    }
    places = found.map { (place: $0.0, value: $0.1) }
  }

  /// As the machine names it.
  private static func place(of field: Field, _ index: Int, _ header: RecordingHeader) -> String {
    let shape = header.shape, pages = max(Int(header.bounds.pages), 1)
    func device(_ d: Int) -> String { d < shape.devices.count ? shape.devices[d].id : String(d) }
    return switch field.axis {
    case .world: "\(field)"
    case .task: "\(field)[task \(index)]"
    case .memory:
      index < shape.privateUnits.count ? "\(field)[gpa \(DrawnWorld.address(shape.privateUnits[index].base))]" : "\(field)[\(index)]"
    case .importer: index < shape.importers.count ? "\(field)[\(shape.importers[index])]" : "\(field)[\(index)]"
    case .device: "\(field)[\(device(index))]"
    case .page: "\(field)[\(device(index / pages))/\(index % pages)]"
    }
  }
}
