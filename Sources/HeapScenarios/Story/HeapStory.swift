import Heaps
import Primitives

/// What happens in a scenario of this room, as it happens: steps with who does them, what came, and what had to come.
///
/// A scenario is a function that tells a story on a machine of its own. Whatever it declares is compared with what came; what differs is a
/// mismatch, and the run fails. One thread; the same seed and files give the same story.
public final class HeapStory {
  public struct Step: Hashable, Sendable {
    public enum Outcome: String, Hashable, Sendable { case ok, refused, fault, violated }
    public var phase: String
    public var actor: String
    public var peer: String?
    public var call: String
    public var object: String
    public var outcome: Outcome
    public var code: String?
    public var guardName: String?
    /// What was said, or found out.
    public var remarks: [String] = []
    /// Whether a refusal was declared; nil where nothing was refused.
    public var isDeclared: Bool?
  }

  public private(set) var steps: [Step] = []
  public private(set) var mismatches: [String] = []
  public private(set) var notes: [(name: String, value: String)] = []
  /// Bytes that masters moved.
  public var bytesMoved = 0
  private var phase = ""

  init() {}

  func phase(_ name: String) { phase = name }
  func note(_ name: String, _ value: String) { notes.append((name, value)) }

  /// The story could not go on. Whatever else came, it has not passed.
  func end(early error: HeapError) { if mismatches.isEmpty { mismatches.append("the story could not go on: \(error)") } }

  /// A step that has to come to its end.
  @discardableResult
  func step<Value>(_ actor: String, _ call: String, _ object: String = "", to peer: String? = nil, _ body: () throws(HeapError) -> Value)
    throws(HeapError) -> Value
  {
    do throws(HeapError) {
      let value = try body()
      add(actor, call, object, peer, .ok)
      return value
    } catch {
      add(actor, call, object, peer, .refused, error, declared: false)
      mismatches.append("\(call): \(error)")
      throw error
    }
  }

  /// A step that has to be refused for this reason. What goes through is a mismatch, and the story goes on.
  func refused(
    _ code: HeapError.Code, _ actor: String, _ call: String, _ object: String = "", to peer: String? = nil, _ body: () throws(HeapError) -> Void
  ) {
    do throws(HeapError) {
      try body()
      add(actor, call, object, peer, .violated)
      mismatches.append("\(call) \(object): expected a refusal, and it went through")
    } catch {
      let isRight = error.code == code
      add(actor, call, object, peer, .refused, error, declared: isRight)
      if !isRight { mismatches.append("\(call) \(object): expected another refusal than \(error)") }
    }
  }

  /// Something that is looked at: it holds, or the run fails.
  func check(_ holds: Bool, _ actor: String, _ call: String, _ object: String = "", to peer: String? = nil, _ remark: String) {
    add(actor, call, object, peer, holds ? .ok : .violated)
    steps[steps.count - 1].remarks = [(holds ? "" : "not so: ") + remark]
    if !holds { mismatches.append("\(call) \(object): \(remark), and it is not so") }
  }

  /// An access that the bus had to answer as it did.
  func stopped(_ actor: String, _ call: String, _ object: String, _ remark: String, holds: Bool) {
    add(actor, call, object, "memory", .fault)
    steps[steps.count - 1].isDeclared = holds
    steps[steps.count - 1].guardName = "FIREWALL/rule"
    steps[steps.count - 1].remarks = [remark]
    if !holds { mismatches.append("\(call) \(object): \(remark), and it is not so") }
  }

  private func add(
    _ actor: String, _ call: String, _ object: String, _ peer: String?, _ outcome: Step.Outcome, _ error: HeapError? = nil, declared: Bool? = nil
  ) {
    var step = Step(phase: phase, actor: actor, peer: peer, call: call, object: object, outcome: outcome)
    if let error {
      step.code = error.errno
      step.remarks = [error.reason]
      if case .refused(let why) = error.code { (step.guardName, step.code) = (why.id, why.entry.code) }
    }
    step.isDeclared = declared
    steps.append(step)
  }
}
