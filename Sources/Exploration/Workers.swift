/// A system's workers, one for each thread: what one remembers is nobody else's.
final class Workers: @unchecked Sendable {
  private let list: [TransitionSystem.Worker]

  init(_ system: TransitionSystem, threads: Int) {
    list = (0..<threads).map { _ in system.makeWorker?() ?? TransitionSystem.Worker(expand: system.expand, check: system.check) }
  }

  /// The worker of thread `member`; nobody else may use it.
  subscript(member: Int) -> TransitionSystem.Worker { list[member] }
}
