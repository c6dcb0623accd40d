/// The candidate that a misspelt word most likely meant: one that is near it (up to a third of the word would have to change, two letters
/// at least being allowed), or the only one that has the word as a part, as `stale-translation` has `stale`. Nil when there is none.
public func nearestWord<Candidates: Collection<String>>(to word: String, among candidates: Candidates) -> String? {
  var best: (word: String, distance: Int)?
  for candidate in candidates {
    let distance = editDistance(Array(word.utf8.prefix(64)), Array(candidate.utf8.prefix(64)))
    if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
  }
  if let best, best.distance <= max(2, word.utf8.count / 3), best.distance < max(word.utf8.count, 2) { return best.word }
  let wholes = candidates.filter { word.utf8.count >= 3 && $0.hasPart(word) }
  if wholes.count == 1 { return wholes[0] }
  // Of several, only those that it begins can have been meant, the shortest first.
  return wholes.filter { $0.lowercased().hasPrefix(word.lowercased()) }.min { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
}

/// What a message names of the words that would have been right: all of a short list, of a long one those nearest to `word`.
public func choices(_ words: [String], like word: String, atMost limit: Int = 24) -> String {
  guard words.count > limit else { return "one of: " + words.joined(separator: ", ") }
  let near = words.map { ($0.hasPart(word) ? 0 : editDistance(Array(word.utf8.prefix(64)), Array($0.utf8.prefix(64))), $0) }
  let nearest = near.sorted { $0 < $1 }.prefix(8).map(\.1)
  return "one of \(words.count) words, as: " + nearest.joined(separator: ", ")
}

extension String {
  /// Whether `part` is one of the words that hyphens, dots and other marks join into this one, or several in a row.
  fileprivate func hasPart(_ part: String) -> Bool {
    func split(_ text: String) -> [Substring] { text.lowercased().split { !$0.isLetter && !$0.isNumber } }
    let mine = split(self), theirs = split(part)
    guard !theirs.isEmpty, theirs.count <= mine.count else { return false }
    return (0...(mine.count - theirs.count)).contains { Array(mine[$0..<$0 + theirs.count]) == theirs }
  }
}

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  func fold(_ c: UInt8) -> UInt8 { c == UInt8(ascii: "_") ? UInt8(ascii: "-") : (65...90).contains(c) ? c + 32 : c }
  var row = Array(0...b.count)
  for i in 0..<a.count {
    var diagonal = row[0]
    row[0] = i + 1
    for j in 0..<b.count {
      let substituted = diagonal + (fold(a[i]) == fold(b[j]) ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
