import Dispatch
import Synchronization

/// Runs work that is asynchronous by its type alone, on the thread that asks: nothing is handed to the pool of threads, so that a
/// caller that is one of them waits for nobody.
final class CallersThread: TaskExecutor {
  private let jobs = Mutex<[UnownedJob]>([])
  private let isThere = DispatchSemaphore(value: 0)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    isThere.signal()
  }

  private final class Result<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
  }

  static func run<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) -> Value {
    let executor = CallersThread(), result = Result<Value>()
    Task.detached(executorPreference: executor) {
      let value = await work()
      result.value.withLock { $0 = value }
    }
    while true {
      executor.isThere.wait()
      let job = executor.jobs.withLock { $0.removeFirst() }
      job.runSynchronously(on: executor.asUnownedTaskExecutor())
      if let value = result.value.withLock({ $0 }) { return value }
    }
  }
}
