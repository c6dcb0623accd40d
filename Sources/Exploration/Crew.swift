#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import Synchronization

/// Threads that wait for a job and do it together, the caller among them.
///
/// Who waits looks for a moment before it sleeps: jobs of a millisecond follow each other closely, and to be woken takes a tenth of one.
final class Crew: @unchecked Sendable {
  typealias Job = @Sendable (_ member: Int) -> Void

  private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
  private let called: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
  private let done: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
  private var threads: [pthread_t] = []
  /// Written before `round` is, and after nobody is busy any more.
  private var job: Job?
  // Changed under the mutex, so that nobody who sleeps misses it:
  private let round = Atomic<Int>(0)
  private let busy = Atomic<Int>(0)
  private var closed = false
  /// How often one looks before it sleeps: not at all where somebody else needs the processor.
  private let patience: Int

  /// At most so many members; fewer where the system gives no more threads, which slows a search and changes nothing.
  init(members: Int) {
    patience = members <= sysconf(Int32(_SC_NPROCESSORS_ONLN)) ? 1 << 15 : 0
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(called, nil)
    pthread_cond_init(done, nil)
    for member in 1..<max(members, 1) {
      let seat = Unmanaged.passRetained(Seat(crew: self, member: member))
      var thread = pthread_t()
      let failure = pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          let seat = Unmanaged<Seat>.fromOpaque(context).takeRetainedValue()
          seat.crew.serve(seat.member)
          return nil
        }, seat.toOpaque())
      guard failure == 0 else {
        seat.release()
        break
      }
      threads.append(thread)
    }
  }

  /// Members, the caller among them.
  var count: Int { threads.count + 1 }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(called)
    pthread_cond_destroy(done)
    mutex.deallocate()
    called.deallocate()
    done.deallocate()
  }

  private final class Seat {
    let crew: Crew
    let member: Int
    init(crew: Crew, member: Int) { (self.crew, self.member) = (crew, member) }
  }

  /// Every member calls `job` once with its own number; returns when the last one is back.
  func perform(_ job: @escaping Job) {
    pthread_mutex_lock(mutex)
    self.job = job
    busy.store(threads.count, ordering: .relaxed)
    round.wrappingAdd(1, ordering: .releasing)
    pthread_cond_broadcast(called)
    pthread_mutex_unlock(mutex)
    job(0)
    if !isSeen({ busy.load(ordering: .acquiring) == 0 }) {
      pthread_mutex_lock(mutex)
      while busy.load(ordering: .acquiring) > 0 { pthread_cond_wait(done, mutex) }
      pthread_mutex_unlock(mutex)
    }
    self.job = nil
  }

  /// Looks for a moment.
  @inline(__always) private func isSeen(_ condition: () -> Bool) -> Bool {
    for _ in 0..<patience where condition() { return true }
    return condition()
  }

  /// Sends the members home and waits until they are gone. The crew has no use afterwards.
  func close() {
    pthread_mutex_lock(mutex)
    closed = true
    pthread_cond_broadcast(called)
    pthread_mutex_unlock(mutex)
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  private func serve(_ member: Int) {
    var served = 0
    while true {
      if !isSeen({ round.load(ordering: .acquiring) != served }) {
        pthread_mutex_lock(mutex)
        while !closed, round.load(ordering: .acquiring) == served { pthread_cond_wait(called, mutex) }
        pthread_mutex_unlock(mutex)
      }
      // Nobody closes before all are back.
      if round.load(ordering: .acquiring) == served { return }
      served &+= 1
      job?(member)
      guard busy.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { continue }
      pthread_mutex_lock(mutex)
      pthread_cond_signal(done)
      pthread_mutex_unlock(mutex)
    }
  }
}
