import BufferModels
import DeviceModels
import Foundation
import HeapModels
import Restriction
import SPDM
import Sharing
import Testing

/// The rooms' part of `check --matrix`: a cell for each model as it is, each of its faults, each of its guards; and what each comes to.
@Suite struct RoomMatrixTests {
  /// What a model of a room has, from the room itself: the names of its faults, and the guards that it is said to miss.
  struct Room: Sendable, CustomTestStringConvertible {
    var model: String
    var faults: [String]
    var lawless: [String]
    var tables: [String] = []
    var testDescription: String { model }
  }

  static let buffers = BufferModel.allCases.map { model in
    Room(model: model.rawValue, faults: model.faults.map(\.name), lawless: model.guards.map { BufferFault.dropped($0).name })
  }
  static let others: [Room] = {
    let heap = RestrictedGuard.laws.map(HeapFault.dropped), session = ProtocolGuard.ofSessions.map(SessionFault.dropped)
    let keys = ProtocolGuard.ofLinks.map(KeyFault.dropped) + KeyFault.interfaceGuards.map(KeyFault.droppedInterface)
    return [
      Room(
        model: RestrictedHeapModel.name, faults: HeapFault.named.map(\.name), lawless: heap.filter { $0.breaks != nil }.map(\.name),
        tables: heap.filter { $0.breaks == nil }.map(\.name)),
      Room(
        model: SPDMSessionModel.name, faults: SessionFault.named.map(\.name), lawless: session.filter { $0.breaks != nil }.map(\.name),
        tables: session.filter { $0.breaks == nil }.map(\.name)),
      Room(
        model: IDEKeysModel.name, faults: KeyFault.named.map(\.name), lawless: keys.filter { $0.breaks != nil }.map(\.name),
        tables: keys.filter { $0.breaks == nil }.map(\.name)),
    ]
  }()

  #if DEBUG
    /// Minutes each in a debug build: these are explored in release.
    static let explored = buffers
  #else
    static let explored = buffers + others
  #endif

  private struct Lines {
    var header: [String: Any] = [:], cells: [[String: Any]] = [], guards: [[String: Any]] = [], result: [String: Any] = [:]

    init(_ output: String) throws {
      for line in output.split(separator: "\n") {
        let value = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: [String: Any]])
        if let header = value["header"] { self.header = header }
        if let cell = value["cell"] { cells.append(cell) }
        if let law = value["guard"] { guards.append(law) }
        if let result = value["result"] { self.result = result }
      }
    }

    func cells(of model: String) -> [[String: Any]] { cells.filter { $0["model"] as? String == model } }
  }

  /// Everything holds that should, every fault is seen and every guard missed, and no property is left that nothing breaks.
  @Test(arguments: explored) func isAsItsRoomSays(_ room: Room) throws {
    let run = try Program.run("check", room.model, "--matrix", "--format", "json")
    #expect(run.status == 0, "\(run.diagnostics)")
    let lines = try Lines(run.output)
    try holdsEveryCell(lines, of: room)
    for cell in lines.cells {
      let faults = try #require(cell["faults"] as? [String])
      #expect(cell["judgement"] as? String == "asDeclared", "\(faults)")
      let findings = try #require(cell["findings"] as? [[String: Any]])
      #expect(findings.isEmpty == faults.isEmpty, "\(faults)")
      // Nobody could replay it.
      for finding in findings { #expect(finding["id"] == nil && (finding["steps"] as? Int ?? 0) > 0) }
      if faults.isEmpty { #expect(cell["exhaustive"] as? Bool == true && cell["idle"] == nil) }
    }
    #expect(lines.result["verdict"] as? String == "asDeclared" && (lines.result["unbroken"] as? [String])?.isEmpty == true)
    #expect(!lines.guards.contains { ["none", "unknown"].contains($0["missedBy"] as? String) })
    let last = try #require(run.diagnostics.split(separator: "\n").last)
    #expect(last.hasPrefix("verdict: holds matrix model=\(room.model) cells=\(lines.cells.count) faults=\(room.faults.count) troubles=0"), "\(last)")
  }

  private func holdsEveryCell(_ lines: Lines, of room: Room) throws {
    let asked = try lines.cells(of: room.model).map { try #require($0["faults"] as? [String]) }
    #expect(asked == [[]] + room.faults.map { [$0] } + room.lawless.map { [$0] })
    for name in room.tables {
      #expect(lines.guards.contains { "drop-guard:\($0["name"] ?? "")" == name && $0["missedBy"] as? String == "table" }, "\(name)")
    }
  }

  /// The whole matrix, cut off at once: no model of a room is left out, and what was cut off is never "not caught".
  @Test func theWholeMatrixHasThemAll() throws {
    let run = try Program.run("check", "--matrix", "--limit", "5", "--format", "json")
    #expect(run.status == 3, "\(run.diagnostics)")
    let lines = try Lines(run.output), rooms = Self.others + Self.buffers
    #expect(lines.header["roomModels"] as? [String] == rooms.map(\.model))
    #expect(lines.header["cells"] as? Int == lines.cells.count)
    for room in rooms { try holdsEveryCell(lines, of: room) }
    #expect(lines.cells.allSatisfy { ["asDeclared", "undecided"].contains($0["judgement"] as? String) })
    // Every guard of the rooms once, those among them that no model asks.
    let names = lines.guards.filter { $0["room"] != nil }.compactMap { $0["name"] as? String }
    let all = RestrictedGuard.laws.map(\.entry.id) + ProtocolGuard.allCases.map(\.entry.id) + SharingGuard.allCases.map(\.entry.id)
    #expect(names.sorted() == all.sorted())
    #expect(run.diagnostics.contains("room_models=\(rooms.count)"))
  }

  /// For people: 80 columns, and a page with every cell's command.
  @Test func aRoomIsShownInEveryForm() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-rooms-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try Program.run("check", "reservation-tickets", "--matrix", "--output", folder.path)
    #expect(run.status == 0, "\(run.diagnostics)")
    for line in run.output.split(separator: "\n").dropLast() { #expect(line.count <= 80, "\(line)") }
    #expect(run.output.contains("reservation-tickets  holds     4 of 4") && run.lastLine.contains("by_none=0 room_models=1 seconds="))
    let page = try String(contentsOf: folder.appendingPathComponent("matrix.html"), encoding: .utf8)
    #expect(page.contains("cofferdam check reservation-tickets --fault slow-path-takes"))
    let document = try String(contentsOf: folder.appendingPathComponent("matrix.md"), encoding: .utf8)
    #expect(document.contains("cofferdam check reservation-tickets --matrix") && !document.contains("replay"))
    #expect(!document.contains("seconds="))
  }
}
