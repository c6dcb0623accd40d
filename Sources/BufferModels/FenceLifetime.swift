import Modelling
import Sharing

extension BufferModel {
  enum Outcome: CaseIterable, Sendable { case none, success, failure }
  enum Signaller: CaseIterable, Sendable { case idle, deciding, done }

  /// A producer that may die, a watchdog that may be quicker, and a waiter that looks.
  static func fence(_ faults: Set<BufferFault>) throws(ModelError) -> Model {
    let law = faults.law
    var schema = Schema()
    let isSignalled = schema.field("signalled", initially: false)
    let error = schema.field("error", initially: false)
    let isAlive = schema.field("producer lives", initially: true)
    // Who found the fence unsignalled, and is about to signal it: the producer, and the watchdog.
    let signaller = schema.field("signaller", count: 2, initially: Signaller.idle)
    let seen = schema.field("seen", initially: Outcome.none)
    let calls = schema.field("callbacks called", in: 0...3, initially: 0)

    @Sendable func finish(_ state: inout State, failed: Bool) {
      guard law.refusalToSignal(isSignalled: state[isSignalled]) == nil else { return }
      // What was said once stays, whoever asks to signal again.
      if !state[isSignalled] { state[error] = law.outcome(set: state[error] ? true : nil, signalled: failed) ?? false }
      state[isSignalled] = true
      if !faults.contains(.silentSignal) { state[calls] += 1 }
    }

    return try Model("fence-lifetime", schema) {
      Action(
        "work is over", fairness: faults.contains(.silentDeath) ? .weak : .none, when: { $0[isAlive] && $0[signaller, 0] == .idle },
        then: { $0[signaller, 0] = .deciding })
      // A producer that finds out what went wrong, before its signal or after it.
      Action(
        "set error", when: { $0[isAlive] && !$0[error] && law.refusalToSetError(isSignalled: $0[isSignalled]) == nil },
        then: { $0[error] = true })
      Action(
        "signal", fairness: .weak, when: { $0[signaller, 0] == .deciding },
        then: { state in
          finish(&state, failed: false)
          state[signaller, 0] = .done
        })
      Action(
        "producer dies", when: { $0[isAlive] && $0[signaller, 0] == .idle }, then: { $0[isAlive] = false })
      Action(
        "abandon", fairness: .weak, when: { !$0[isAlive] && $0[signaller, 0] == .idle && !faults.contains(.silentDeath) },
        then: { state in
          finish(&state, failed: true)
          state[signaller, 0] = .done
        })
      Action(
        "deadline passes", fairness: .weak,
        when: { !$0[isSignalled] && $0[signaller, 1] == .idle && !faults.contains(.silentDeath) }, then: { $0[signaller, 1] = .deciding })
      Action(
        "time out", fairness: .weak, when: { $0[signaller, 1] == .deciding },
        then: { state in
          finish(&state, failed: true)
          state[signaller, 1] = .done
        })
      Action(
        "look", when: { $0[isSignalled] && $0[seen] == .none }, then: { $0[seen] = $0[error] ? .failure : .success })

      Property.always(BufferProperty.sawStaysTrue.sentence, whenever: { $0[seen] != .none }) { ($0[seen] == .failure) == $0[error] }
      Property.always(BufferProperty.callbackOnce.sentence) { $0[calls] <= 1 }
      Property.always(BufferProperty.callbackCalled.sentence, whenever: { $0[isSignalled] }) { $0[calls] > 0 }
      Property.sometimes("a waiter sees a success") { $0[seen] == .success }
      Property.sometimes("a waiter sees a failure") { $0[seen] == .failure }
      Property.eventually(BufferProperty.everyFenceSignalled.sentence) { $0[isSignalled] }
    }
  }
}
