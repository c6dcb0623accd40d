import Buffers
import Testing

/// The kernel's list for what is made of other fences (linux.md section 6, `st-dma-fence-unwrap`), under the same names.
@Suite struct FenceMergingTests {
  private let a = Ring("a")
  private let b = Ring("b")
  private let c = Ring("c")

  private func same(_ found: [Fence], _ wanted: [Fence]) -> Bool {
    found.count == wanted.count && zip(found, wanted).allSatisfy { $0 === $1 }
  }

  @Test func sanitycheck() {
    let fence = a.emit()
    #expect(same(Fence(.all, of: [fence]).unwrapped, [fence]))
    #expect(same(fence.unwrapped, [fence]))
  }

  @Test func array() {
    let fences = [a.emit(), b.emit()]
    let array = Fence(.all, of: fences)
    #expect(same(array.unwrapped, fences))
    fences[0].signal()
    #expect(!array.isSignalled)
    fences[1].signal()
    #expect(array.isSignalled)
  }

  @Test func arrayOfAny() {
    let fences = [a.emit(), b.emit()]
    let any = Fence(.any, of: fences)
    #expect(!any.isSignalled)
    fences[1].fail(with: .cancelled)
    #expect(any.isSignalled)
    #expect(any.error == .cancelled)
    #expect(Fence(.any, of: []).isSignalled)
  }

  @Test func chain() {
    let fences = [a.emit(), b.emit()]
    let chain = Fence(chaining: fences[1], after: Fence(chaining: fences[0], after: nil, sequence: 1), sequence: 2)
    #expect(same(chain.unwrapped, [fences[1], fences[0]]))
  }

  @Test func chain_array() {
    let fences = [a.emit(), b.emit(), c.emit()]
    let array = Fence(.all, of: Array(fences[..<2]))
    let chain = Fence(chaining: array, after: Fence(chaining: fences[2], after: nil, sequence: 1), sequence: 2)
    #expect(same(chain.unwrapped, fences))
  }

  @Test func merge() {
    let fences = [a.emit(), b.emit()]
    #expect(same(Fence.merging(fences).unwrapped, fences))
    fences[0].signal()
    #expect(Fence.merging(fences) === fences[1])
    fences[1].signal()
    #expect(Fence.merging(fences).isSignalled)
    #expect(Fence.merging([]).isSignalled)
  }

  @Test func merge_duplicate() {
    let fence = a.emit()
    #expect(Fence.merging([fence, fence]) === fence)
  }

  @Test func merge_seqno() {
    let early = a.emit(), late = a.emit(), other = b.emit()
    #expect(same(Fence.merging([late, early, other]).unwrapped, [late, other]))
  }

  @Test func merge_order() {
    // Whatever the order of the arguments: parts come in the order of their timelines.
    let fences = [a.emit(), b.emit(), c.emit()]
    let one = Fence(.all, of: [fences[1], fences[0]]), other = Fence(.all, of: [fences[2], fences[0]])
    #expect(same(Fence.merging([other, one]).unwrapped, fences))
  }

  @Test func merge_complex() {
    let fences = [a.emit(), b.emit(), c.emit()]
    let chain = Fence(
      chaining: Fence(.all, of: [fences[0], fences[1]]), after: Fence(chaining: fences[2], after: nil, sequence: 1), sequence: 2)
    let merged = Fence.merging([chain, Fence.merging([fences[0], fences[2]])])
    #expect(same(merged.unwrapped, fences))
    onThreads(2) { index in index == 0 ? merged.wait() : fences.forEach { $0.signal() } }
    #expect(merged.isSignalled)
  }

  @Test func merge_complex_seqno() {
    // Of each timeline the later point stays, whichever of the two arrays has it.
    let early = a.emit(), late = a.emit(), first = b.emit(), second = b.emit()
    let one = Fence(.all, of: [late, first]), other = Fence(.all, of: [early, second])
    #expect(same(Fence.merging([one, other]).unwrapped, [late, second]))
    #expect(same(Fence.merging([other, one]).unwrapped, [late, second]))
  }
}
