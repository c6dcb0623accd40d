import ArgumentParser
import Charts
import DeviceTrees
import Documents
import Heaps

struct HeapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heap", abstract: "Where buffers come from.", subcommands: [List.self])

  /// Linux takes trees of 2 MiB at most; some boards come with overlays beside them.
  private static let limit = 16 << 20

  /// What a tree says of memory.
  static func board(_ path: String) throws -> BoardMemory {
    do { return BoardMemory(try DeviceTree(try TextFile.bytes(at: path, limit: limit))) } catch let error as DeviceTreeError {
      throw Leave.badInput("\(path): \(error)")
    } catch let error as DocumentError { throw Leave.badInput(error.description) }
  }

  /// The same, where a machine can be made of it.
  static func machineBoard(_ path: String) throws -> BoardMemory {
    let board = try board(path)
    if let why = board.whyNoMachine { throw Leave.badInput("\(path): \(why.place): \(why.message)\n  expected \(why.expectation)") }
    return board
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The memory of a board and the heaps that it would have, from its device tree.",
      discussion: "Status 0 if everything that the tree asks for can be; 2 if it is no tree, or if there are conflicts, which are listed.")
    @Option(help: "A compiled device tree, as dtc -O dtb writes it.") var devicetree: String
    @OptionGroup var output: OutputOptions

    func run() throws {
      guard output.format != .mermaid else { throw Leave.badInput("--format mermaid\n  expected text, json or html: a list is no chart") }
      try output.refuse(overwriting: [devicetree])
      let board = try HeapCommand.board(devicetree)
      let result = HeapResult(board)
      try output.write(try document(board, result), last: result.line)
      if board.conflicts > 0 { throw Leave(.badInput) }
    }

    private func document(_ board: BoardMemory, _ result: HeapResult) throws -> String {
      switch output.format {
      case .json: return HeapJSON.lines(board, file: devicetree, result)
      case .html:
        do { return try HTMLTables.render(HeapTables(board, file: devicetree).page(result.line)) } catch { throw Leave.badInput("\(error)") }
      case .text, .mermaid:
        return TextTables.render(HeapTables(board, file: devicetree).page(result.line), style: output.output == nil ? Terminal.style : .plain) + "\n"
      }
    }
  }
}

/// The line for machines.
struct HeapResult {
  let fields: [(name: String, value: Int)]
  let passes: Bool

  init(_ board: BoardMemory) {
    passes = board.conflicts == 0
    fields = [
      ("banks", board.banks.count), ("memory", Int(clamping: board.size)), ("regions", board.regions.count), ("heaps", board.heaps.count),
      ("conflicts", board.conflicts), ("remarks", board.problems.count - board.conflicts),
    ]
  }

  var line: String { "result: \(passes ? "pass" : "fail") " + fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }
}
