/// Rows and columns with a heading. Whoever makes it has decided what is in it; a renderer cleans, measures and escapes.
public struct Table: Hashable, Sendable {
  public struct Cell: Hashable, Sendable, ExpressibleByStringLiteral {
    public var text: String
    /// How it is coloured; none for plain words.
    public var mark: Mark?
    /// What a page shows when the pointer rests on it: identifier and command.
    public var detail: String

    public init(_ text: String, mark: Mark? = nil, detail: String = "") { (self.text, self.mark, self.detail) = (text, mark, detail) }
    public init(stringLiteral value: String) { self.init(value) }
  }

  public var title: String
  /// What the signs in it mean, one sentence each.
  public var captions: [String]
  /// Empty where no column needs a name.
  public var columns: [String]
  public var rows: [[Cell]]

  public init(_ title: String, captions: [String] = [], columns: [String] = [], rows: [[Cell]] = []) {
    (self.title, self.captions, self.columns, self.rows) = (title, captions, columns, rows)
  }
}

/// Tables under one title, with facts above and the line for machines below.
public struct TablePage: Hashable, Sendable {
  public var title: String
  /// A page that is not whole, or not as it should be, says so first.
  public var headline: Headline?
  public var facts: [Fact]
  public var tables: [Table]
  public var resultLine: String

  public init(title: String, headline: Headline? = nil, facts: [Fact], tables: [Table], resultLine: String) {
    (self.title, self.headline, self.facts, self.tables, self.resultLine) = (title, headline, facts, tables, resultLine)
  }
}
