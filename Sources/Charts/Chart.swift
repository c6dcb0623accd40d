/// A run or a counterexample, ready to be drawn: what every renderer of this room takes.
///
/// It knows no rule. Whoever makes it has decided what each step is called, what it changed and how it
/// ended; a chart holds the beginning (`objects`, `maps`) and the steps' changes, and `History` adds
/// them up. Text may come from users' files: renderers strip and escape it, makers need not.
public struct Chart: Hashable, Sendable {
  /// "private-mmio on tdx"
  public var title: String
  /// Machine, seed, evidence, fault, in the order to show them.
  public var header: [Fact]
  /// Present for a counterexample, which is then drawn as one: every row with its first change.
  public var headline: Headline?
  public var phases: [Phase]
  /// Closing lines: digests, "passes if", "see it".
  public var notes: [Fact]
  /// Every object before the first step, in the order to show them. Objects that appear later are
  /// introduced by a `Change` without a `before`.
  public var objects: [ObjectState]
  /// The address spaces before the first step.
  public var maps: [MemoryMap]
  /// The stable last line, for machines: `result: pass scenario=...`.
  public var resultLine: String

  public init(
    title: String, header: [Fact] = [], headline: Headline? = nil, phases: [Phase] = [], notes: [Fact] = [],
    objects: [ObjectState] = [], maps: [MemoryMap] = [], resultLine: String
  ) {
    (self.title, self.header, self.headline, self.phases) = (title, header, headline, phases)
    (self.notes, self.objects, self.maps, self.resultLine) = (notes, objects, maps, resultLine)
  }

  public var rows: [Row] { phases.flatMap(\.rows) }
  /// The lanes that a step uses, in the order of columns.
  public var lanes: [Lane] { Lane.columns(rows.lazy.flatMap { [$0.from] + ($0.to.map { [$0] } ?? []) }) }
}

/// A labelled piece of text: `seed 1`, `passes if ...`. The label may be empty.
public struct Fact: Hashable, Sendable, ExpressibleByStringLiteral {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  public init(stringLiteral value: String) { (name, self.value) = ("", value) }
}

/// What a counterexample says first: the broken promise, in words, and what identifies the path.
public struct Headline: Hashable, Sendable {
  /// "a private mapping outlives its interface"
  public var text: String
  /// "13 steps", "id 7f3a-91c2-04"
  public var aside: [String]
  public var mark: Mark

  public init(_ text: String, aside: [String] = [], mark: Mark = .violated) {
    (self.text, self.aside, self.mark) = (text, aside, mark)
  }
}

/// Steps that belong together, under one name: connect, share, bind.
public struct Phase: Hashable, Sendable {
  public var name: String
  public var rows: [Row]

  public init(_ name: String, _ rows: [Row] = []) { (self.name, self.rows) = (name, rows) }
}
