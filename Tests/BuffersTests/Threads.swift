import Buffers
import Foundation

/// Threads of the tests: real ones, since what is tested blocks.
func onThreads(_ count: Int, _ body: @escaping @Sendable (_ index: Int) -> Void) {
  let done = DispatchSemaphore(value: 0)
  for index in 0..<count {
    Thread.detachNewThread {
      body(index)
      done.signal()
    }
  }
  for _ in 0..<count { done.wait() }
}

func milliseconds(_ count: Int64) -> Int64 { count * 1_000_000 }

/// A timeline that tests can pass around.
final class Ring: Sendable {
  private let producer: FenceProducer
  init(_ timeline: String, timeout: UInt64 = 600_000_000_000) { producer = FenceProducer(driver: "test", timeline: timeline, timeout: timeout) }
  func emit() -> Fence { producer.emit() }
  var context: FenceContext { producer.context }
}
