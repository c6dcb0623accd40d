#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Threads that wait for a job and do it together, the caller among them.
final class Crew: @unchecked Sendable {
  typealias Job = @Sendable (_ member: Int) -> Void

  private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
  private let called: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
  private let done: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
  private var threads: [pthread_t] = []
  // All under the mutex:
  private var job: Job?
  private var round = 0
  private var busy = 0
  private var closed = false

  /// At most so many members; fewer where the system gives no more threads, which slows a search and changes nothing.
  init(members: Int) {
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
    round += 1
    busy = threads.count
    pthread_cond_broadcast(called)
    pthread_mutex_unlock(mutex)
    job(0)
    pthread_mutex_lock(mutex)
    while busy > 0 { pthread_cond_wait(done, mutex) }
    self.job = nil
    pthread_mutex_unlock(mutex)
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
    pthread_mutex_lock(mutex)
    while true {
      while !closed, round == served { pthread_cond_wait(called, mutex) }
      if closed { break }
      served = round
      let job = job
      pthread_mutex_unlock(mutex)
      job?(member)
      pthread_mutex_lock(mutex)
      busy -= 1
      if busy == 0 { pthread_cond_signal(done) }
    }
    pthread_mutex_unlock(mutex)
  }
}
