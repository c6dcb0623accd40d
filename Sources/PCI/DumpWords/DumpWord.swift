/// A word of lspci's text, the bits that it speaks of, and how lspci prints them.
///
/// The forms are those of pciutils (`ls-caps.c`, `ls-ecaps.c`, `lspci.c`), which changed its spellings over the years: a word has
/// all of them that say the same. What a text leaves out claims nothing, and a word that no table has is passed over: a later
/// lspci may print it. The value of a known word has to be one that lspci prints for these bits.
struct DumpWord: Sendable {
  enum Form: Sendable {
    /// `Name+` for a bit that is set and `Name-` for one that is not, or the other way round.
    case flag(inverted: Bool)
    /// Digits of so many bits, as the function makes a number of them; nil where they have no meaning.
    case number(radix: Int, @Sendable (UInt64) -> UInt64?)
    /// One of the spellings: those that are right for the bits, among all that lspci has. None right: the bits are reserved.
    case choice(@Sendable (UInt64) -> [String], among: [String])
    /// It is printed only where the bit is set.
    case present
  }
  /// What stands before the value; the first that is found counts.
  let names: [String]
  let bits: ClosedRange<Int>
  /// Offset of the register in its structure; nil for that of the line.
  let register: Int?
  let form: Form
  /// A contradiction that is no reason to refuse the dump is a remark.
  private(set) var severity = DumpProblem.Severity.error

  init(names: [String], bits: ClosedRange<Int>, register: Int?, form: Form) {
    (self.names, self.bits, self.register, self.form) = (names, bits, register, form)
  }
  var asRemark: Self {
    var word = self
    word.severity = .remark
    return word
  }

  static func flag(_ names: String..., bit: Int, at register: Int? = nil, inverted: Bool = false) -> Self {
    Self(names: names, bits: bit...bit, register: register, form: .flag(inverted: inverted))
  }
  static func present(_ names: String..., bit: Int, at register: Int? = nil) -> Self {
    Self(names: names, bits: bit...bit, register: register, form: .present)
  }
  static func number(
    _ names: String..., bits: ClosedRange<Int>, at register: Int? = nil, scaled: @escaping @Sendable (UInt64) -> UInt64? = { $0 }
  ) -> Self {
    Self(names: names, bits: bits, register: register, form: .number(radix: 10, scaled))
  }
  static func hex(
    _ names: String..., bits: ClosedRange<Int>, at register: Int? = nil, scaled: @escaping @Sendable (UInt64) -> UInt64? = { $0 }
  ) -> Self {
    Self(names: names, bits: bits, register: register, form: .number(radix: 16, scaled))
  }
  /// Spellings by value, several divided by `|`; an empty one has none. `otherwise` is what lspci, or one of its elder versions,
  /// prints for a value that it does not know.
  static func choice(
    _ names: String..., bits: ClosedRange<Int>, at register: Int? = nil, _ table: [String], otherwise: String = ""
  ) -> Self {
    choice(names: names, bits: bits, at: register, table, otherwise: otherwise)
  }
  static func choice(
    names: [String], bits: ClosedRange<Int>, at register: Int? = nil, _ table: [String], otherwise: String = ""
  ) -> Self {
    let spellings = table.map { Array($0.split(separator: "|").map(String.init)) }
    let fallback = otherwise.split(separator: "|").map(String.init)
    return Self(
      names: names, bits: bits, register: register,
      form: .choice({ (spellings.indices.contains(Int($0)) ? spellings[Int($0)] : []) + fallback }, among: spellings.flatMap { $0 } + fallback))
  }
  /// What follows from more than a few bits: the spellings that are right here, and others that lspci has.
  static func text(_ names: String..., right: [String], wrong: [String] = []) -> Self {
    Self(names: names, bits: 0...0, register: nil, form: .choice({ _ in right }, among: right + wrong))
  }
}

/// A line of the text: what it begins with, which register it is about, and its words. Deeper lines without a beginning of their
/// own continue it.
struct DumpLine: Sendable {
  let label: String
  /// Offset in the structure, of every word that names no other.
  let register: Int
  let words: [DumpWord]

  init(_ label: String, at register: Int = 0, _ words: [DumpWord]) {
    (self.label, self.register, self.words) = (label, register, words)
  }
}

/// All that is known of the text about one structure.
struct DumpVocabulary: Sendable {
  /// Words on the line that announces a capability; their registers count from its beginning.
  var title: [DumpWord] = []
  var lines: [DumpLine] = []
  /// Beginnings of lines of which there are as many as the bytes say, `SelectiveIDE#`: one that no line has is one too many.
  var families: [String] = []

  func line(beginning text: Substring) -> DumpLine? { lines.first { text.hasPrefix($0.label) } }
  func hasFamily(of text: Substring) -> Bool { families.contains { text.hasPrefix($0) } }
}
