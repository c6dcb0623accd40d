import Buffers
import Synchronization
import Testing

/// The kernel's list for one fence (linux.md section 6, `st-dma-fence`), under the same names.
@Suite struct FenceTests {
  private let producer = Ring("fence")

  @Test func sanitycheck() {
    let fence = producer.emit()
    #expect(!fence.isSignalled)
    #expect(fence.signal())
    #expect(fence.isSignalled)
  }

  @Test func signaling() {
    let fence = producer.emit()
    fence.watchParts()
    #expect(!fence.isSignalled)
    #expect(fence.signal())
    #expect(fence.isSignalled)
    #expect(!fence.signal())
  }

  @Test func add_callback() {
    let fence = producer.emit(), seen = Atomic(0)
    #expect(fence.addCallback { _ in seen.add(1, ordering: .relaxed) } != nil)
    fence.signal()
    #expect(seen.load(ordering: .relaxed) == 1)
    fence.signal()
    #expect(seen.load(ordering: .relaxed) == 1)
  }

  @Test func late_add_callback() {
    let fence = producer.emit(), seen = Atomic(0)
    fence.signal()
    #expect(fence.addCallback { _ in seen.add(1, ordering: .relaxed) } == nil)
    #expect(seen.load(ordering: .relaxed) == 0)
  }

  @Test func rm_callback() throws {
    let fence = producer.emit(), seen = Atomic(0)
    let first = try #require(fence.addCallback { _ in seen.add(1, ordering: .relaxed) })
    let second = try #require(fence.addCallback { _ in seen.add(10, ordering: .relaxed) })
    #expect(fence.removeCallback(first))
    #expect(!fence.removeCallback(first))
    fence.signal()
    #expect(seen.load(ordering: .relaxed) == 10)
    #expect(!fence.removeCallback(second))
  }

  @Test func late_rm_callback() throws {
    let fence = producer.emit(), seen = Atomic(0)
    let id = try #require(fence.addCallback { _ in seen.add(1, ordering: .relaxed) })
    fence.signal()
    #expect(!fence.removeCallback(id))
    #expect(seen.load(ordering: .relaxed) == 1)
  }

  @Test func status() {
    let fence = producer.emit()
    #expect(fence.status == .pending)
    fence.signal()
    guard case .signalled = fence.status else {
      Issue.record("\(fence.status)")
      return
    }
  }

  @Test func error() throws {
    let fence = producer.emit()
    try fence.setError(.failed(5))
    #expect(fence.status == .pending)
    fence.signal()
    guard case .failed(.failed(5), _) = fence.status else {
      Issue.record("\(fence.status)")
      return
    }
    #expect(throws: FenceMisuse.alreadySignalled) { try fence.setError(.cancelled) }
    #expect(!fence.fail(with: .cancelled))
    #expect(fence.error == .failed(5))
  }

  @Test func wait() throws {
    let fence = producer.emit()
    #expect(try fence.wait(nanoseconds: 0) == 0)
    fence.signal()
    #expect(try fence.wait(nanoseconds: 0) == 1)
    #expect(try fence.wait(nanoseconds: 77) == 77)
    #expect(throws: FenceMisuse.negativeTimeout) { try fence.wait(nanoseconds: -1) }
  }

  @Test func wait_timeout() throws {
    let fence = producer.emit()
    #expect(try fence.wait(nanoseconds: milliseconds(2)) == 0)
    onThreads(2) { index in
      if index == 0 {
        let left = try? fence.wait(nanoseconds: milliseconds(60_000))
        #expect((left ?? 0) > 0)
      } else {
        let pause = Ring("pause")
        _ = try? pause.emit().wait(nanoseconds: milliseconds(5))
        fence.signal()
      }
    }
    #expect(try fence.wait(nanoseconds: .max) == .max)
  }

  @Test func stub() {
    #expect(Fence.stub.isSignalled)
    #expect(Fence.stub === Fence.stub)
    #expect(Fence.stub.error == nil)
  }

  /// Whoever adds a callback in time has it called once; whoever is late is told so. Nobody falls in between.
  @Test func race_signal_callback() {
    for _ in 0..<200 {
      let fence = producer.emit(), called = Atomic(0), refused = Atomic(0)
      onThreads(3) { index in
        if index == 0 {
          fence.signal()
        } else {
          for _ in 0..<20 where fence.addCallback({ _ in called.add(1, ordering: .relaxed) }) == nil { refused.add(1, ordering: .relaxed) }
        }
      }
      #expect(called.load(ordering: .relaxed) + refused.load(ordering: .relaxed) == 40)
    }
  }

  // MARK: Contexts that die, deadlines

  @Test func aDeadProducerSignalsWhatItOwes() {
    var left: [Fence] = []
    do {
      let dying = FenceProducer(driver: "test", timeline: "dying")
      left = (0..<3).map { _ in dying.emit() }
      left[1].signal()
    }
    #expect(left.map(\.error) == [.producerDied, nil, .producerDied])
    #expect(left.allSatisfy { $0.isSignalled })
  }

  @Test func aResetNamesItsError() {
    let dying = FenceProducer(driver: "test", timeline: "reset")
    let fence = dying.emit(), context = dying.context
    #expect(context.unfinishedCount == 1)
    dying.abandon(.deviceLost)
    #expect(fence.error == .deviceLost)
    #expect(context.unfinishedCount == 0)
  }

  @Test func aWaiterDoesNotOutliveTheDeadline() throws {
    let slow = Ring("slow", timeout: 3_000_000)
    let fence = slow.emit()
    #expect(try fence.wait(nanoseconds: .max) == .max)
    #expect(fence.error == .timedOut)
    let array = Fence(.all, of: [slow.emit(), producer.emit().signalled()])
    array.wait()
    #expect(array.error == .timedOut)
    // What a timeline began with has its time too, though it is no point of it.
    let chain = Fence(chaining: producer.emit().signalled(), after: slow.emit(), sequence: 1)
    chain.wait()
    #expect(chain.isSignalled)
  }

  @Test func overdueFencesAreSignalledInOrder() {
    // Nobody else ends them first.
    let hour: UInt64 = 3_600_000_000_000
    let slow = Ring("slow", timeout: hour)
    let fences = (0..<4).map { _ in slow.emit() }
    fences[2].signal()
    let found = slow.context.expire(at: MonotonicTime.now.advanced(by: 2 * hour))
    #expect(found.map(\.sequence) == [1, 2, 4])
    #expect(slow.context.expire(at: .never).isEmpty)
  }

  @Test func wishesReachTheParts() {
    let fences = (0..<2).map { _ in producer.emit() }
    let chain = Fence(chaining: Fence(.any, of: fences), after: nil, sequence: 1)
    chain.wish(for: MonotonicTime(nanoseconds: 9))
    chain.wish(for: MonotonicTime(nanoseconds: 12))
    #expect(fences.map { $0.earliestWish.nanoseconds } == [9, 9])
  }
}

extension Fence {
  func signalled() -> Fence {
    signal()
    return self
  }
}
