/// Text for a mail: broken between words into lines of at most 80 columns. What continues a line is indented by `hanging`; a word that is
/// longer than a line stays whole, so that it can be copied.
func folded(_ text: String, indent: Int = 0, hanging: Int) -> String {
  let margin = String(repeating: " ", count: hanging)
  // Columns of the text are kept where they are.
  let leading = text.prefix { $0 == " " }
  var out: [String] = [], current = String(repeating: " ", count: indent) + leading, isEmpty = true
  for word in text.dropFirst(leading.count).split(separator: " ", omittingEmptySubsequences: false) {
    if current.count + word.count > 79, !isEmpty {
      out.append(current)
      (current, isEmpty) = (margin, true)
    }
    current += (isEmpty ? "" : " ") + word
    isEmpty = false
  }
  return (out + [current]).map { String($0.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
}
