import HeapModels
import Heaps

/// A scenario with a machine of its own: memory, a secure world, masters, heaps.
public struct HeapScenario: Sendable {
  public let name: String
  public let summary: String
  /// What it is a story of: `trustzone`, or the memory encryption of `sev-snp` machines.
  public let platform: String
  /// What a chart says of the machine, where it is not a board's.
  var machine = "128 MiB, firewall of 3 regions"
  /// Whether it can be told on a board.
  public var takesBoards = true
  let tell: @Sendable (HeapStory, HeapRequest) throws -> Void

  public static let all: [HeapScenario] = [.secureVideo, .gpuProtectedMode, .gpuMemoryMove, .heapExhaustion, .lendAndCrash]
  public static func named(_ name: String) -> HeapScenario? { all.first { $0.name == name } }
}

/// Everything that such a run is a function of.
public struct HeapRequest: Sendable {
  public var seed: UInt64
  public var faults: [HeapFault]
  /// For `secure-video`: the film, the key, the frames that have to come, and how frames are decoded.
  public var film: FilmInput?
  public var decoder: (any FrameDecoder)?
  /// A real board, in place of the bench. `gpu-memory-move` is told on no board: encryption by placement is not of the machines that have trees.
  public var board: BoardMemory?

  public init(
    seed: UInt64 = 1, faults: [HeapFault] = [], film: FilmInput? = nil, decoder: (any FrameDecoder)? = nil, board: BoardMemory? = nil
  ) {
    (self.seed, self.faults, self.film, self.decoder, self.board) = (seed, faults, film, decoder, board)
  }
}

/// What came of a run.
public struct HeapRun {
  public let scenario: HeapScenario
  public let request: HeapRequest
  public let story: HeapStory

  /// Runs to the end, or to the first step that had to go through and did not.
  /// - Throws: what is wrong with the input: nothing has run then.
  public init(_ scenario: HeapScenario, _ request: HeapRequest) throws {
    (self.scenario, self.request, story) = (scenario, request, HeapStory())
    do { try scenario.tell(story, request) } catch let error as HeapError {
      // A step that had to go through has said so itself; what came between two steps has not.
      story.end(early: error)
    }
  }

  /// What a chart says of the machine.
  public var machine: String {
    guard let board = request.board else { return scenario.machine }
    let regions = board.regions.count == 1 ? "1 region" : "\(board.regions.count) regions"
    return "\(board.model.isEmpty ? "a board" : board.model), \(regions), \(board.heaps.count) heaps"
  }

  public var passed: Bool { story.mismatches.isEmpty }
  /// The stable last line, for machines.
  public var line: String {
    let refused = story.steps.count { $0.outcome == .refused }, faults = story.steps.count { $0.outcome == .fault }
    return "result: \(passed ? "pass" : "fail") scenario=\(scenario.name) platform=\(scenario.platform) steps=\(story.steps.count)"
      + " refused=\(refused) faults=\(faults) bytes=\(story.bytesMoved) seed=\(request.seed)"
  }
}
