import Exploration
import Testing

/// The table under hashes that are no good: slower, never wrong.
@Suite struct StoreTests {
  /// All states with one hash, with one tag in different segments, with neighbouring tags at a segment's end.
  @Test(
    arguments: [
      { _ in 0 }, { _ in .max }, { $0 << 58 }, { .max - $0 % 3 << 26 }, { $0 << 26 }, { ~($0 << 26) }, { $0 },
    ] as [@Sendable (UInt64) -> UInt64])
  func badHashes(hash: @Sendable (UInt64) -> UInt64) throws {
    var store = try StateStore(width: 2, limit: nil, memory: nil)
    for round in 0..<2 {
      for i in 0..<900 as Range<UInt64> {
        let words = i % 2 == 0 ? [i, 7] : [7, i]
        let done = words.withUnsafeBufferPointer { buffer in
          buffer.baseAddress.map { store.insert($0, hash: hash(i), 2, parent: 0) }
        }
        #expect(done == (round == 0 ? .added : .present))
      }
    }
    #expect(store.count == 900)
    for i in 0..<900 { #expect(store.state(i, 2)[i % 2] == UInt64(i)) }
  }

  /// Many growths, each where the segment lies, and then all is found again.
  @Test func growing() throws {
    var store = try StateStore(width: 1, limit: nil, memory: nil)
    func insert(_ i: UInt64) -> StateStore.Insertion {
      withUnsafePointer(to: i) { store.insert($0, hash: hash($0, 1), 1, parent: 0) }
    }
    for i in 0..<60_000 as Range<UInt64> where insert(i) != .added { Issue.record("\(i) was new") }
    for i in 0..<60_000 as Range<UInt64> where insert(i) != .present { Issue.record("\(i) was stored") }
    #expect(store.count == 60_000)
  }

  /// What a thread met a moment ago is not looked up again; nothing that it never met may pass for that.
  @Test(arguments: [[0, 0], [1, 0], [.max, .max]] as [[UInt64]]) func nothingIsTakenForMet(initial: [UInt64]) throws {
    let words: [UInt64] = [0, 1, 2, .max]
    let system = TransitionSystem(width: 2, initial: initial, labelCount: 1) { state, out in
      for word in words { out.append([state[1], word] as InlineArray<2, UInt64>, label: 0) }
    }
    #expect(try explore(system).states == words.count * words.count)
    #expect(try explore(system, SearchOptions(threads: 2)).states == words.count * words.count)
  }

  /// The same for the view that threads have; two states of one hash differ in their last word alone.
  @Test func oneHashForThreads() throws {
    var store = try StateStore(width: 3, limit: nil, memory: nil)
    func holds(_ word: UInt64, _ store: borrowing StateStore) -> Bool {
      [1, 2, word].withUnsafeBufferPointer { words in words.baseAddress.map { store.contains($0, hash: .max, 3) } ?? false }
    }
    for word in 0..<700 as Range<UInt64> {
      let before = holds(word, store)
      #expect(!before)
      [1, 2, word].withUnsafeBufferPointer { words in
        if let base = words.baseAddress { _ = store.insert(base, hash: .max, 3, parent: 0) }
      }
      let after = holds(word, store)
      #expect(after)
    }
    #expect(store.count == 700)
  }

  /// States that differ in few, high or repeated bits.
  @Test func poorStatesGetGoodHashes() throws {
    let high = counters(width: 2, perWord: 2, modulus: 12, inHighBytes: true)
    #expect(try explore(high).states == 12 * 12 * 12 * 12)
    var tops = Set<UInt64>()
    var middles = Set<UInt64>()
    for i in 0..<4096 as Range<UInt64> {
      let words = [0, 0, i << 52]
      words.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        tops.insert(hash(base, 3) >> 58)
        middles.insert(hash(base, 3) >> 26 & 0xFFFF_FFFF)
      }
    }
    #expect(tops.count == 64)
    #expect(middles.count > 4090)
  }

  /// Equal words in other places, and words that cancel each other in a weak hash.
  @Test func permutedWordsAreOtherStates() throws {
    let system = TransitionSystem(width: 4, initial: [1, 2, 3, 4], labelCount: 3) { state, out in
      for swap in 0..<3 {
        let into = out.reserve(copying: state)
        (into[swap], into[swap + 1]) = (state[swap + 1], state[swap])
        out.commit(label: UInt32(swap))
      }
    }
    #expect(try explore(system).states == 24)
  }
}
