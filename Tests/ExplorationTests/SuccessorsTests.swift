import Exploration
import Testing

@Suite struct SuccessorsTests {
  @Test func growsAndKeepsWhatItHas() {
    var buffer = Successors(width: 3, capacity: 2)
    for i in 0..<1000 as Range<UInt64> {
      buffer.append([i, i + 1, i + 2] as InlineArray<3, UInt64>, label: UInt32(i), verdict: UInt8(i % 256))
    }
    #expect(buffer.count == 1000)
    for i in 0..<1000 {
      let words = buffer.words(at: i)
      #expect(words[0] == UInt64(i) && words[1] == UInt64(i) + 1 && words[2] == UInt64(i) + 2)
      #expect(buffer.label(at: i) == UInt32(i))
      #expect(buffer.verdict(at: i) == UInt8(i % 256))
    }
    buffer.removeAll()
    let isEmpty = buffer.isEmpty
    #expect(isEmpty)
  }

  @Test func otherWidthsAreCutOrFilled() {
    var buffer = Successors(width: 2, capacity: 1)
    buffer.append([1, 2, 3, 4, 5, 6] as InlineArray<6, UInt64>, label: .max, verdict: 255)
    buffer.append([9] as InlineArray<1, UInt64>, label: 0)
    #expect(buffer.count == 2)
    #expect(buffer.words(at: 0)[0] == 1 && buffer.words(at: 0)[1] == 2)
    #expect(buffer.label(at: 0) == .max && buffer.verdict(at: 0) == 255)
    #expect(buffer.words(at: 1)[0] == 9 && buffer.words(at: 1)[1] == 0)
    #expect(buffer.label(at: 1) == 0 && buffer.verdict(at: 1) == 0)
  }

  @Test func aReservationWithoutCommitIsNothing() {
    var buffer = Successors(width: 2)
    let state: [UInt64] = [4, 5]
    state.withUnsafeBufferPointer { words in
      guard let base = words.baseAddress else { return }
      buffer.reserve(copying: base)[0] = 8
      buffer.reserve(copying: base)[1] = 6
      buffer.commit(label: 3)
      buffer.append(base, label: 4)
    }
    #expect(buffer.count == 2)
    #expect(buffer.words(at: 0)[0] == 4 && buffer.words(at: 0)[1] == 6)
    #expect(buffer.words(at: 1)[0] == 4 && buffer.words(at: 1)[1] == 5)
  }
}
