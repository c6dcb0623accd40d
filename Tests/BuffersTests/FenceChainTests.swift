import Buffers
import Primitives
import Synchronization
import Testing

/// The kernel's list for timelines (linux.md section 6, `st-dma-fence-chain`), under the same names.
@Suite struct FenceChainTests {}

/// Fences, each of a timeline of its own, and the points that chain them.
private final class Points: Sendable {
  let fences: [Fence], points: [Fence]
  private let rings: [Ring]

  init(_ count: Int, step: UInt64 = 1) {
    var fences: [Fence] = [], points: [Fence] = [], rings: [Ring] = []
    for i in 0..<count {
      rings.append(Ring("chain"))
      fences.append(rings[i].emit())
      points.append(Fence(chaining: fences[i], after: points.last, sequence: UInt64(i) * step + 1))
    }
    (self.fences, self.points, self.rings) = (fences, points, rings)
  }
  var last: Fence { points[points.count - 1] }
}

extension FenceChainTests {
  @Test func sanitycheck() {
    let chain = Points(1)
    #expect(!chain.last.isSignalled)
    chain.fences[0].signal()
    #expect(chain.last.isSignalled)
  }

  @Test func find_seqno() throws {
    let chain = Points(64)
    #expect(try chain.last.point(0) === chain.last)
    for i in 0..<64 { #expect(try chain.last.point(UInt64(i) + 1) === chain.points[i]) }
    #expect(throws: FenceMisuse.noSuchPoint) { try chain.last.point(65) }
    #expect(throws: FenceMisuse.noSuchPoint) { try chain.fences[0].point(1) }
  }

  @Test func find_signaled() throws {
    let chain = Points(2)
    chain.fences[0].signal()
    let found = try chain.last.point(1)
    #expect(found == nil || found === chain.points[0])
    #expect(found?.isSignalled != false)
  }

  @Test func find_out_of_order() throws {
    let chain = Points(3)
    chain.fences[1].signal()
    // The second point is over by itself, and still waits for the first.
    let found = try chain.last.point(2)
    #expect(found === chain.points[0] || found === chain.points[1])
    #expect(found?.isSignalled == false)
  }

  @Test func find_gap() throws {
    let chain = Points(16, step: 2)
    for i in 0..<16 { #expect(try chain.last.point(UInt64(i) * 2 + 1) === chain.points[i]) }
    // A number in a gap is reached with the next point.
    for i in 1..<16 { #expect(try chain.last.point(UInt64(i) * 2) === chain.points[i]) }
  }

  @Test func find_race() {
    let chain = Points(128)
    onThreads(4) { index in
      var random = SeededRandom(seed: UInt64(index) + 1)
      for _ in 0..<300 {
        let number = UInt64.random(in: 1...128, using: &random)
        let found = try? chain.last.point(number)
        if found == nil { #expect(chain.points[Int(number) - 1].isSignalled) }
        chain.fences[Int.random(in: 0..<128, using: &random)].signal()
      }
    }
  }

  @Test func signal_forward() {
    let chain = Points(64)
    for i in 0..<64 {
      chain.fences[i].signal()
      #expect(chain.points[i].isSignalled)
      if i + 1 < 64 { #expect(!chain.points[i + 1].isSignalled) }
    }
  }

  @Test func signal_backward() {
    let chain = Points(64)
    for i in (0..<64).reversed() {
      chain.fences[i].signal()
      if i > 0 { #expect(!chain.points[i].isSignalled) }
    }
    #expect(chain.points.allSatisfy { $0.isSignalled })
  }

  @Test func wait_forward() { wait(signalling: Array(0..<200)) }
  @Test func wait_backward() { wait(signalling: Array((0..<200).reversed())) }
  @Test func wait_random() {
    var random = SeededRandom(seed: 7)
    wait(signalling: Array(0..<200).shuffled(using: &random))
  }

  private func wait(signalling order: [Int]) {
    let chain = Points(order.count)
    onThreads(2) { index in
      if index == 0 { return chain.last.wait() }
      for i in order { chain.fences[i].signal() }
    }
    #expect(chain.last.isSignalled)
  }

  /// A timeline may be longer than a stack is deep.
  @Test func aLongTimelineIsLetGoOf() {
    let producer = Ring("long")
    var last: Fence?
    for i in 1...200_000 as ClosedRange<UInt64> { last = Fence(chaining: producer.emit(), after: last, sequence: i) }
    #expect(last?.sequence == 200_000)
    last = nil
    #expect(producer.context.unfinishedCount == 200_000)
  }

  /// A number that goes back begins a new timeline, behind the old one.
  @Test func numbersDoNotGoBack() {
    let producer = Ring("back")
    let fences = (0..<2).map { _ in producer.emit() }
    let first = Fence(chaining: fences[0], after: nil, sequence: 10)
    let second = Fence(chaining: fences[1], after: first, sequence: 5)
    #expect(second.context != first.context)
    #expect(second.sequence == 10)
    fences[1].signal()
    #expect(!second.isSignalled)
    fences[0].signal()
    #expect(second.isSignalled)
  }
}
