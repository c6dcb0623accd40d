import Charts
import Heaps
import Primitives

/// A board's memory as tables, for a terminal and for a page.
struct HeapTables {
  let board: BoardMemory
  let file: String

  init(_ board: BoardMemory, file: String) { (self.board, self.file) = (board, file) }

  func page(_ line: String) -> TablePage {
    let tables = [heaps, map, dynamic, users, masters, list("conflicts", .conflict), list("remarks", .remark)].filter {
      !$0.rows.isEmpty || !$0.captions.isEmpty
    }
    let headline =
      board.conflicts == 0
      ? nil : Headline(board.conflicts == 1 ? "1 conflict, listed below" : "\(board.conflicts) conflicts, listed below", mark: .violated)
    return TablePage(title: "memory and heaps of a board", headline: headline, facts: facts, tables: tables, resultLine: line)
  }

  private var facts: [Fact] {
    var facts = [Fact("tree", "\(file), version \(board.version)")]
    if !board.model.isEmpty { facts.append(Fact("board", board.model)) }
    if !board.compatible.isEmpty { facts.append(Fact("compatible", board.compatible.joined(separator: ", "))) }
    let banks = board.banks.count == 1 ? "1 bank" : "\(board.banks.count) banks"
    facts.append(
      Fact(
        "memory",
        board.banks.isEmpty ? "not in the tree" : "\(readable(board.size)) in \(banks), of which \(readable(board.freeSize)) are not reserved"))
    if board.hasSecureWorld {
      facts.append(
        Fact(
          "secure world", "OP-TEE: it may report heaps at run time, named protected,secure-video, protected,trusted-ui, protected,secure-video-record"
        ))
    }
    return facts
  }

  private var heaps: Table {
    Table(
      "heaps", columns: ["name", "start", "size", "buffers", "region"],
      rows: board.heaps.map { heap in
        guard let region = heap.region.map({ board.regions[$0] }) else {
          return [
            .init(heap.name), "anywhere", .init(board.banks.isEmpty ? "unknown" : readable(board.freeSize)), "scattered", "the rest",
          ]
        }
        let buffers = heap.kind == .restricted ? "contiguous, no CPU" : "contiguous"
        return [
          .init(heap.name), .init(start(region)), .init(readable(region.size)), .init(buffers),
          // A name mostly begins with the region's, and is what nobody should have to guess the end of.
          .init(heap.name.hasPrefix(region.name) ? "its own" : region.name, detail: region.path),
        ]
      })
  }

  private var map: Table {
    Table(
      "memory map", columns: ["region", "start", "size", "kind", "flags"],
      rows: board.map.map { row in
        guard let region = row.region.map({ board.regions[$0] }) else {
          return [.init("-"), .init(row.range.start.description), .init(readable(row.range.length)), "memory", ""]
        }
        return [
          .init(region.name, mark: mark(region), detail: region.path), .init(row.range.start.description), .init(readable(row.range.length)),
          .init(region.kind.rawValue), .init(region.flags.joined(separator: " ")),
        ]
      })
  }

  /// A region about which there is a conflict stands out.
  private func mark(_ region: ReservedRegion) -> Mark? {
    board.problems.contains { $0.severity == .conflict && $0.path == region.path } ? .violated : nil
  }

  private var dynamic: Table {
    Table(
      "placed by the kernel at boot", columns: ["region", "size", "alignment", "inside", "kind", "flags"],
      rows: board.regions.compactMap { region in
        guard case .dynamic(let size, let alignment, let within) = region.placement else { return nil }
        let inside = within.isEmpty ? "any memory" : within.map(\.description).joined(separator: ", ")
        return [
          .init(region.name, mark: mark(region), detail: region.path), .init(readable(size)), .init(readable(alignment)), .init(inside),
          .init(region.kind.rawValue), .init(region.flags.joined(separator: " ")),
        ]
      })
  }

  private var users: Table {
    let longest = board.regions.map(\.name.count).max() ?? 0
    return Table(
      "who uses a region", columns: ["region", "node"],
      rows: board.regions.flatMap { region in
        region.users.map { [.init(region.name, detail: region.path), .init(Self.ending($0, atMost: 78 - longest), detail: $0)] }
      })
  }

  private var masters: Table {
    let longest = MasterRole.allCases.map(\.rawValue.count).max() ?? 0
    return Table(
      "masters", columns: ["role", "addresses", "node"],
      rows: board.masters.map {
        [
          .init($0.role.rawValue), .init($0.isTranslated ? "its IOMMU's" : "physical"),
          .init(Self.ending($0.path, atMost: 64 - longest), detail: $0.path),
        ]
      })
  }

  /// A path whose beginning gives way: what the node itself is called is what tells it from others.
  private static func ending(_ path: String, atMost length: Int) -> String {
    var rest = path[...]
    while rest.count > max(16, length) - 1, let next = rest.dropFirst().firstIndex(of: "/") { rest = rest[next...] }
    return rest.count == path.count ? path : "…" + rest
  }

  private func list(_ title: String, _ severity: BoardProblem.Severity) -> Table {
    Table(
      title,
      captions: board.problems.filter { $0.severity == severity }.map { problem in
        "\(problem.place): \(problem.message)" + (problem.expectation.isEmpty ? "" : "; expected \(problem.expectation)")
      })
  }

  private func start(_ region: ReservedRegion) -> String { region.range?.start.description ?? "at boot" }

  /// `64 MiB`; with one decimal where no unit fits that leaves four digits.
  private func readable(_ size: UInt64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10), ("bytes", 0)] as [(name: String, shift: UInt64)]
    if let whole = units.first(where: { size >> $0.shift > 0 && size & (1 << $0.shift - 1) == 0 }), size >> whole.shift < 10_000 {
      return "\(size >> whole.shift) \(whole.name)"
    }
    guard let unit = units.first(where: { size >> $0.shift > 0 }), unit.shift > 0 else { return "\(size) bytes" }
    return "\(size >> unit.shift).\(((size >> (unit.shift - 10) & 1023) * 10) >> 10) \(unit.name)"
  }
}
