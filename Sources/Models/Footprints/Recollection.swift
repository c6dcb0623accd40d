import Exploration
import Rules

/// `Steps` and the judgement of states for one thread, which remembers what came of what it saw. Its answers are theirs, in the same
/// order; a test holds one to the other. Not thread-safe: each thread has its own.
///
/// Actions are asked for in runs; a run to which too many worlds look different is halved, and an action of which that is true by
/// itself is attempted each time.
final class Recollection {
  /// A run of actions with what is remembered of it. A task's advance is a run of its own, and remembers by its lines.
  private struct Station {
    let run: ActionRun
    /// -1: the run is no task's advance.
    let task: Int
    let footprint: UnsafeMutablePointer<Footprint>
  }

  /// What a station will look up for the state at hand.
  private struct Look {
    /// Nothing for a task that is idle.
    var footprint: UnsafeMutablePointer<Footprint>?
    var home = 0
  }

  private let steps: Steps
  private let width: Int
  private let devices: UInt8?
  // In memory of their own: what is asked a million times a second is not to be counted, retained or checked for exclusiveness.
  private var stations: UnsafeMutablePointer<Station>
  private var count = 0
  /// One for each station.
  private let looks: UnsafeMutablePointer<Look>
  /// The station to be halved when the state at hand is done.
  private var overfull = -1
  private let effects: UnsafeMutablePointer<Effects>
  /// One for each task.
  private let advances: UnsafeMutablePointer<LineFootprints>
  private let books: UnsafeMutablePointer<Footprint>

  /// Words of effects, and answers, beyond which all is forgotten: a quarter of a gigabyte with what lies between answers. The worlds that
  /// were measured need a few megabytes.
  private static let most = (words: 1 << 23, answers: 1 << 20)
  private var answers = 0

  init(_ steps: Steps, width: Int) {
    (self.steps, self.width) = (steps, width)
    devices = steps.sortsTasks ? steps.book.bounds.devices : nil
    stations = .allocate(capacity: steps.actions.count)
    looks = .allocate(capacity: steps.actions.count)
    looks.initialize(repeating: Look(), count: steps.actions.count)
    effects = .allocate(capacity: 1)
    effects.initialize(to: Effects(width: width))
    advances = .allocate(capacity: Int(Bounds.tasks))
    for task in 0..<Int(Bounds.tasks) {
      (advances + task).initialize(to: LineFootprints(lines: steps.book.playbook.count, width: width + 1))
    }
    books = .allocate(capacity: 1)
    books.initialize(to: Footprint(width: width + 1))
    for run in ActionRun.all(steps.actions) {
      (stations + count).initialize(to: station(run))
      count += 1
    }
  }

  deinit {
    for i in 0..<count { stations[i].footprint.deinitialize(count: 1).deallocate() }
    stations.deallocate()
    looks.deallocate()
    effects.deinitialize(count: 1).deallocate()
    advances.deinitialize(count: Int(Bounds.tasks)).deallocate()
    books.deinitialize(count: 1).deallocate()
  }

  private func station(_ run: ActionRun) -> Station {
    let footprint = UnsafeMutablePointer<Footprint>.allocate(capacity: 1)
    footprint.initialize(to: Footprint(width: width + 1))
    let task = if case .task(let task) = run.actor { Int(task) } else { -1 }
    return Station(run: run, task: task, footprint: footprint)
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
    let state = PackedWorld(words, k), sight = Sight(state, width: k, steps.book)
    announce(sight, of: state, from: 0, k)
    for i in 0..<count {
      let look = looks[i]
      guard let footprint = look.footprint else { continue }
      var list = footprint.pointee.answer(to: sight, from: look.home, k &+ 1)
      if list == 0 {
        if footprint.pointee.isGivenUp {
          steps.append(stations[i].run.actions, state, to: &successors)
          continue
        }
        list = learn(i, sight, state)
        announce(sight, of: state, from: i &+ 1, k)
      }
      effects.pointee.append(list, words, k, sortingTasks: devices, to: &successors)
    }
    if overfull >= 0 { halve() }
  }

  /// Has the answers of all stations from `start` on fetched together, as no near cache holds them, rather than one after the other.
  @inline(__always) private func announce(_ sight: borrowing Sight, of state: borrowing PackedWorld, from start: Int, _ k: Int) {
    let first = Int(state[.taskPosition, 0]), second = Int(state[.taskPosition, 1])
    for i in start..<count {
      var footprint = stations[i].footprint
      let task = stations[i].task
      if task >= 0 {
        let (line, other) = task == 0 ? (first, second) : (second, first)
        if line == 0 {
          looks[i].footprint = nil
          continue
        }
        footprint = advances[task].footprint(at: line, while: other)
      }
      looks[i] = Look(footprint: footprint, home: footprint.pointee.announce(sight, k &+ 1))
    }
  }

  /// Attempts the actions of a run in a world that looks new to it.
  @inline(never) private func learn(_ station: Int, _ sight: Sight, _ state: PackedWorld) -> UInt64 {
    let reads = ObservedWorld.Reads()
    var list: [UInt64] = []
    for i in stations[station].run.actions {
      var world = ObservedWorld(state, width: width, noting: reads)
      let label = steps.label(of: i, in: world)
      let outcome = world.perform(steps.actions[i], steps.book)
      if case .refused = outcome { continue }
      list += Effects.entry(world, label: label, verdict: outcome.verdict, width)
    }
    if effects.pointee.count > Self.most.words || answers == Self.most.answers { forget() }
    answers += 1
    let number = effects.pointee.number(of: list)
    let task = stations[station].task
    guard task >= 0 else {
      if !stations[station].footprint.pointee.remember(number, to: sight, reads: reads.bits) { overfull = station }
      return number
    }
    let line = Int(state[.taskPosition, task]), other = Int(state[.taskPosition, 1 - task])
    if PackedWorld(reads.bits)[.taskPosition, 1 - task] != 0 { advances[task].tellApart(line) }
    let footprint = advances[task].footprint(at: line, while: other)
    if !footprint.pointee.remember(number, to: sight, reads: reads.bits) { footprint.pointee.giveUp() }
    return number
  }

  /// Cuts the run that is overfull in two, or gives it up.
  private func halve() {
    let old = stations[overfull]
    defer { overfull = -1 }
    guard let halves = old.run.halves else { return old.footprint.pointee.giveUp() }
    var all = (0..<count).map { stations[$0] }
    all.replaceSubrange(overfull...overfull, with: halves.map(station))
    old.footprint.deinitialize(count: 1).deallocate()
    count = all.count
    for (i, station) in all.enumerated() { (stations + i).initialize(to: station) }
  }

  /// What a model's check says of a state: zero, or one more than the code of the property that is broken.
  func judge(_ words: UnsafePointer<UInt64>) -> UInt8 {
    switch width {
    case 4: judge(words, 4)
    case 6: judge(words, 6)
    default: judge(words, width)
    }
  }

  @inline(__always) private func judge(_ words: UnsafePointer<UInt64>, _ k: Int) -> UInt8 {
    let state = PackedWorld(words, k)
    if books.pointee.isGivenUp { return state.brokenProperty(steps.book).map { $0.code + 1 } ?? 0 }
    let sight = Sight(state, width: k, steps.book)
    var answer = books.pointee.answer(to: sight, k &+ 1)
    if answer == 0 { answer = learnJudgement(sight, state) }
    if answer != 1 { return UInt8(truncatingIfNeeded: answer &>> 1) }
    return state.brokenAtRest(steps.book).map { $0.code + 1 } ?? 0
  }

  @inline(never) private func learnJudgement(_ sight: Sight, _ state: PackedWorld) -> UInt64 {
    let reads = ObservedWorld.Reads()
    let broken = ObservedWorld(state, width: width, noting: reads).brokenInBooks(steps.book)
    let answer = UInt64(broken.map { $0.code + 1 } ?? 0) << 1 | 1
    if !books.pointee.remember(answer, to: sight, reads: reads.bits) { books.pointee.giveUp() }
    return answer
  }

  /// The numbers of effects are in all footprints: both are forgotten together.
  private func forget() {
    for i in 0..<count { stations[i].footprint.pointee = Footprint(width: width + 1) }
    for task in 0..<Int(Bounds.tasks) { advances[task] = LineFootprints(lines: steps.book.playbook.count, width: width + 1) }
    effects.pointee = Effects(width: width)
    answers = 0
  }
}
