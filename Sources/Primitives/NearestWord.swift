/// The candidate that a misspelt word most likely meant, or nil when none is near
/// (more than a third of the word would have to change, two letters at least being allowed).
public func nearestWord<Candidates: Sequence<String>>(to word: String, among candidates: Candidates) -> String? {
  var best: (word: String, distance: Int)?
  for candidate in candidates {
    let distance = editDistance(Array(word.utf8.prefix(64)), Array(candidate.utf8.prefix(64)))
    if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
  }
  guard let best, best.distance <= max(2, word.utf8.count / 3), best.distance < max(word.utf8.count, 2) else { return nil }
  return best.word
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
