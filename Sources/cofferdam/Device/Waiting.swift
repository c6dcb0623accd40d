import Dispatch
import Synchronization

/// The library that verifies certificates is asynchronous, the command line is not: it waits here, on the main thread, for work that
/// runs elsewhere and itself waits for nothing.
func waiting<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
  let done = DispatchSemaphore(value: 0)
  let box = Mutex<Result<Value, any Error>?>(nil)
  let shared = Shared(box)
  Task.detached {
    let result: Result<Value, any Error>
    do { result = .success(try await work()) } catch { result = .failure(error) }
    shared.box.withLock { $0 = result }
    done.signal()
  }
  done.wait()
  guard let result = shared.box.withLock({ $0 }) else { throw CancellationError() }
  return try result.get()
}

private final class Shared<Value: Sendable>: Sendable {
  let box: Mutex<Value>
  init(_ box: consuming Mutex<Value>) { self.box = box }
}
