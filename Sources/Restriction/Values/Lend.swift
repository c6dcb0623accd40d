/// A loan in the secure world's books: pages of the normal world that are restricted memory for a while.
public struct Lend: Hashable, BitwiseCopyable, Sendable {
  /// How far it has come. By SMC a loan is assigned as it is made; by FF-A that is a call of its own.
  public enum Stage: UInt8, CaseIterable, Hashable, BitwiseCopyable, Sendable { case none, lent, assigned }

  public var stage: Stage
  /// The name under which the normal world asks for it back: chosen by it (SMC), or by the secure partition manager (FF-A).
  public var cookie: UInt64
  public var firstPage: Int
  public var pages: Int

  @inlinable public init(_ stage: Stage, cookie: UInt64, firstPage: Int, pages: Int) {
    (self.stage, self.cookie, self.firstPage, self.pages) = (stage, cookie, firstPage, pages)
  }

  public static let none = Lend(.none, cookie: 0, firstPage: 0, pages: 0)
  @inlinable public var range: Range<Int> { firstPage..<firstPage + pages }
}

/// What the normal world asks with LEND_PROTMEM or FFA_MEM_LEND, before anything of it is believed.
public struct LendRequest: Hashable, Sendable {
  /// In bytes, as they come.
  public var start: UInt64
  public var length: UInt64
  public var cookie: UInt64
  /// The pages that these bytes are, counted as the stage counts them.
  public var pages: Range<Int>

  public init(start: UInt64, length: UInt64, cookie: UInt64, pages: Range<Int>) {
    (self.start, self.length, self.cookie, self.pages) = (start, length, cookie, pages)
  }
}
