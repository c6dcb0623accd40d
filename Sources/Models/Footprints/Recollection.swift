import Exploration
import Rules

/// `Steps` and the judgement of states for one thread, which remembers what came of what it saw. Its answers are theirs, in the same
/// order; a test holds one to the other. Not thread-safe: each thread has its own.
final class Recollection {
  private let steps: Steps
  private let width: Int
  private let runs: [ActionRun]
  private let count: Int
  private let devices: UInt8?
  // In memory of their own: what is asked a million times a second is not to be counted, retained or checked for exclusiveness.
  private let order: UnsafeMutablePointer<Int8>
  private let effects: UnsafeMutablePointer<Effects>
  /// One for each run that is not a task's advance.
  private let footprints: UnsafeMutablePointer<Footprint>
  /// One for each task.
  private let advances: UnsafeMutablePointer<LineFootprints>
  private let books: UnsafeMutablePointer<Footprint>

  /// Words of effects beyond which all is forgotten.
  private static let most = 1 << 23

  init(_ steps: Steps, width: Int) {
    (self.steps, self.width) = (steps, width)
    runs = ActionRun.all(steps.actions)
    count = runs.count
    devices = steps.sortsTasks ? steps.book.bounds.devices : nil
    order = .allocate(capacity: runs.count)
    for (i, run) in runs.enumerated() { order[i] = if case .task(let task) = run.actor { Int8(task) } else { -1 } }
    effects = .allocate(capacity: 1)
    effects.initialize(to: Effects(width: width))
    footprints = .allocate(capacity: runs.count)
    for i in runs.indices { (footprints + i).initialize(to: Footprint(width: width + 1)) }
    advances = .allocate(capacity: Int(Bounds.tasks))
    for task in 0..<Int(Bounds.tasks) {
      (advances + task).initialize(to: LineFootprints(lines: steps.book.playbook.count, width: width + 1))
    }
    books = .allocate(capacity: 1)
    books.initialize(to: Footprint(width: width + 1))
  }

  deinit {
    order.deallocate()
    effects.deinitialize(count: 1).deallocate()
    footprints.deinitialize(count: runs.count).deallocate()
    advances.deinitialize(count: Int(Bounds.tasks)).deallocate()
    books.deinitialize(count: 1).deallocate()
  }

  /// Appends the successors of a state.
  func append(_ words: UnsafePointer<UInt64>, to successors: inout Successors) {
    switch width {
    case 4: append(words, 4, to: &successors)
    case 6: append(words, 6, to: &successors)
    default: append(words, width, to: &successors)
    }
  }

  @inline(__always) private func append(_ words: UnsafePointer<UInt64>, _ k: Int, to successors: inout Successors) {
    let sight = Sight(words, width: k, steps.book)
    let place = Field.taskPosition.place, mask: UInt64 = 1 &<< UInt64(place.bits) &- 1
    let first = Int(truncatingIfNeeded: words[0] &>> UInt64(place.shift) & mask)
    let second = Int(truncatingIfNeeded: words[0] &>> (UInt64(place.shift) &+ 16) & mask)
    for i in 0..<count {
      let footprint: UnsafeMutablePointer<Footprint>
      let task = Int(order[i])
      if task >= 0 {
        let (line, other) = task == 0 ? (first, second) : (second, first)
        if line == 0 { continue }
        footprint = advances[task].footprint(at: line, while: other)
      } else {
        footprint = footprints + i
      }
      var list = footprint.pointee.answer(to: sight, k &+ 1)
      if list == 0 { list = learn(i, sight, words) }
      effects.pointee.append(list, words, k, sortingTasks: devices, to: &successors)
    }
  }

  /// Attempts the actions of a run in a world that looks new to it.
  @inline(never) private func learn(_ run: Int, _ sight: Sight, _ words: UnsafePointer<UInt64>) -> UInt64 {
    let state = PackedWorld(words, width), reads = ObservedWorld.Reads()
    var list: [UInt64] = []
    for i in runs[run].actions {
      var world = ObservedWorld(state, width: width, noting: reads)
      let label = steps.label(of: i, in: world)
      switch world.perform(steps.actions[i], steps.book) {
      case .refused: continue
      case .accepted, .failed: list += Effects.entry(world, label: label, verdict: 0, width)
      case .violated(let property): list += Effects.entry(world, label: label, verdict: property.code + 1, width)
      }
    }
    if effects.pointee.count > Self.most { forget() }
    let number = effects.pointee.number(of: list)
    guard case .task(let task) = runs[run].actor else {
      footprints[run].remember(number, to: sight, reads: reads.bits)
      return number
    }
    let line = Int(state[.taskPosition, Int(task)]), other = Int(state[.taskPosition, Int(1 - task)])
    let asked = PackedWorld(reads.bits)
    if asked[.taskPosition, Int(1 - task)] != 0 { advances[Int(task)].tellApart(line) }
    advances[Int(task)].footprint(at: line, while: other).pointee.remember(number, to: sight, reads: reads.bits)
    return number
  }

  /// What a model's check says of a state: zero, or one more than the code of the property that is broken.
  func judge(_ words: UnsafePointer<UInt64>) -> UInt8 {
    let sight = Sight(words, width: width, steps.book)
    var answer = width == 4 ? books.pointee.answer(to: sight, 5) : books.pointee.answer(to: sight, width + 1)
    if answer == 0 {
      let reads = ObservedWorld.Reads()
      let broken = ObservedWorld(PackedWorld(words, width), width: width, noting: reads).brokenInBooks(steps.book)
      answer = UInt64(broken.map { $0.code + 1 } ?? 0) << 1 | 1
      books.pointee.remember(answer, to: sight, reads: reads.bits)
    }
    if answer != 1 { return UInt8(truncatingIfNeeded: answer &>> 1) }
    return PackedWorld(words, width).brokenAtRest(steps.book).map { $0.code + 1 } ?? 0
  }

  private func forget() {
    for i in runs.indices { footprints[i] = Footprint(width: width + 1) }
    for task in 0..<Int(Bounds.tasks) { advances[task] = LineFootprints(lines: steps.book.playbook.count, width: width + 1) }
    effects.pointee = Effects(width: width)
  }
}
