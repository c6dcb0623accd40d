/// What is explored: a start, and a function from a state to its successors.
///
/// A state is `width` 64-bit words that mean something to the model alone; two states are equal when their words are.
/// All closures are pure functions of the words: they are called from several threads, in any order, and again when a
/// path is reconstructed. The pointer they get is good for the duration of the call.
public struct TransitionSystem: Sendable {
  /// Appends every successor of a state, in an order that depends on the state alone.
  public typealias Expand = @Sendable (_ state: UnsafePointer<UInt64>, _ successors: inout Successors) -> Void
  /// Zero, or the number (1...255) of the property that the state violates.
  public typealias Judge = @Sendable (_ state: UnsafePointer<UInt64>) -> UInt8

  /// `expand` and `check` for one thread's own use: answers that are the same, and may be remembered.
  public struct Worker {
    public typealias Expand = (_ state: UnsafePointer<UInt64>, _ successors: inout Successors) -> Void
    public typealias Check = (_ state: UnsafePointer<UInt64>) -> UInt8

    public let expand: Expand
    public let check: Check?

    public init(expand: @escaping Expand, check: Check?) { (self.expand, self.check) = (expand, check) }
  }

  public static let maximumWidth = 12

  /// Words in a state, 1...12.
  public var width: Int
  /// The one initial state, `width` words.
  public var initial: [UInt64]
  /// Labels are 0..<labelCount; how often each fired is counted.
  public var labelCount: Int
  public var expand: Expand
  /// Makes what a thread that expands many states uses in the place of `expand` and `check`; nothing is `expand` and `check`.
  public var makeWorker: (@Sendable () -> Worker)?
  /// Invariants: asked once for every state that is new (a thread may ask for one that turns out not to be).
  public var check: Judge?
  /// Asked for every state without successors: a good end, or a deadlock?
  public var quiescent: Judge?

  public init(
    width: Int, initial: [UInt64], labelCount: Int, check: Judge? = nil, quiescent: Judge? = nil, expand: @escaping Expand
  ) {
    self.width = width
    self.initial = initial
    self.labelCount = labelCount
    self.check = check
    self.quiescent = quiescent
    self.expand = expand
  }
}
