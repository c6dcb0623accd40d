import Primitives
import Testing

/// What a message offers to someone who misspelt a word.
@Suite struct NearestWordTests {
  private let properties = ["stale-translation", "deadlock", "not-released", "slot-stays-private", "buffer-stays-revoked"]

  @Test(arguments: [
    ("deadlok", "deadlock"), ("stale_translation", "stale-translation"), ("stale", "stale-translation"), ("translation", "stale-translation"),
    ("slot-stays", "slot-stays-private"), ("DEADLOCK", "deadlock"),
  ])
  func aWordIsMeant(word: String, meant: String) { #expect(nearestWord(to: word, among: properties) == meant) }

  /// Two have `stays`, none is near the others.
  @Test(arguments: ["stays", "x", "", "-", "banana", "no", "\u{202e}"])
  func nothingIsMeant(word: String) { #expect(nearestWord(to: word, among: properties) == nil) }

  /// Of several, one that the word begins: the shortest.
  @Test func aBeginningIsMeant() {
    let faults = ["forget-invalidation", "forget-tracking", "never-restored", "close-forget"]
    #expect(nearestWord(to: "forget", among: faults) == "forget-tracking" && nearestWord(to: "Never", among: faults) == "never-restored")
  }

  @Test func aLongListIsCut() {
    let words = (0..<80).map { "word-\($0)" }
    #expect(choices(Array(words.prefix(3)), like: "x") == "one of: word-0, word-1, word-2")
    let cut = choices(words, like: "word-7")
    #expect(cut.hasPrefix("one of 80 words, as: word-7, ") && cut.split(separator: ",").count == 9)
  }
}
