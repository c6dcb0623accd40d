import Exploration
import Rules

/// What must come, asked of a model: which behaviours count, and what is owed in a state.
///
/// Who may dawdle for ever: the VMM (it need not ask for anything), the guest, the device. Who may not:
/// - a kernel task, strongly: a lock that is free again and again is got;
/// - an access and an importer's work that have begun, weakly: they end;
/// - an importer that was told to let go, strongly: it needs the reservation. That it unmaps without being told is nobody's duty,
///   and no exporter may count on it;
/// - the kernel at the end of a process, strongly: it closes what was open, and destroys the VM, however often an administrator has the
///   device in between;
/// - a VMM that lives, strongly for the same reason, with a message of its guest: it carries it.
extension Model {
  /// The labels of unmaps that somebody was told to do come after those of all actions.
  var labelCount: Int { actions.count + (promises.isEmpty ? 0 : Int(book.bounds.importers)) }

  /// What a label does.
  func action(_ label: UInt32) -> Action {
    Int(label) < actions.count ? actions[Int(label)] : .unmap(importer: UInt8(Int(label) - actions.count))
  }

  /// Every instance of every promise that is asked for, in the order of the engine's properties.
  public var promiseInstances: [PromiseInstance] { promises.flatMap { PromiseInstance.all($0, book.bounds) } }

  var liveness: Liveness? {
    let instances = promiseInstances
    guard !instances.isEmpty else { return nil }
    let book = self.book, width = self.width
    // Owed is one fact, not owed another: leads-to also tells where nothing ever was.
    let asked = instances.indices.map { LivenessProperty.leadsTo(trigger: 2 * $0, goal: 2 * $0 + 1) }
    return Liveness(properties: asked, fairness: fairness) { words in
      let world = PackedWorld(words, width)
      var facts: UInt32 = 0
      for (i, instance) in instances.enumerated() { facts |= (world.isOwed(instance, book) ? 1 : 2) &<< UInt32(2 * i) }
      return facts
    }
  }

  private var fairness: [Fairness] {
    var list: [Fairness] = []
    for (i, action) in actions.enumerated() {
      let label = [UInt32(i)]
      switch action {
      case .advance, .request(.vmmCrash, _, _), .request(.teardown, _, _), .request(.relay, _, _): list.append(.strong(label))
      case .endAccess, .finish: list.append(.weak(label))
      default: break
      }
    }
    for i in actions.count..<labelCount { list.append(.strong([UInt32(i)])) }
    return list
  }
}

/// A behaviour that never keeps a promise: a way from the set-up, and what is then repeated for ever.
public struct Lapse: Hashable, Sendable {
  public let promise: Promise
  public let stem: [Action]
  /// Empty where everything stands still.
  public let cycle: [Action]
  /// Whether no other such behaviour is shorter.
  public let isShortest: Bool
  /// As a counterexample's.
  public let id: String

  init(_ lasso: Lasso, of promise: Promise, in model: Model) {
    self.promise = promise
    stem = lasso.stem.map(model.action)
    cycle = lasso.cycle.map(model.action)
    isShortest = lasso.isShortest
    id = Counterexample.identifier(of: promise.id, actions: stem + cycle, in: model)
  }
}
