/// A TDI, written again from the tables of PCI Express 6 chapter 11 as data. The judge uses nothing of the rules: what it says
/// about a device comes from here.
struct JudgedInterface {
  enum State: CaseIterable { case unlocked, locked, run, error }
  enum Message { case lock, report, state, start, stop }

  private(set) var state = State.unlocked
  /// The START nonce of this lock is unused and alive.
  private(set) var nonce = false

  /// Section 11.3: where a request is legal, and where it leads. A missing cell is an ERROR response that changes nothing.
  static let transitions: [Message: [State: State]] = [
    .lock: [.unlocked: .locked],
    .report: [.locked: .locked, .run: .run],
    .state: [.unlocked: .unlocked, .locked: .locked, .run: .run, .error: .error],
    .start: [.locked: .run],
    .stop: [.unlocked: .unlocked, .locked: .unlocked, .run: .unlocked, .error: .unlocked],
  ]

  /// Section 11.2.3: the states in which the device answers a memory request, by target and T bit.
  private static let accepted: [(isTEE: Bool, t: Bool, states: Set<State>)] = [
    (true, true, [.run]), (true, false, [.unlocked]),
    (false, true, [.run]), (false, false, [.unlocked, .locked, .run, .error]),
  ]
  /// Section 11.2.4: the states in which it sends requests of its own, by T bit.
  static let sends: [Bool: Set<State>] = [true: [.run], false: [.unlocked]]

  func accepts(isTEE: Bool, t: Bool) -> Bool {
    Self.accepted.contains { $0.isTEE == isTEE && $0.t == t && $0.states.contains(state) }
  }

  /// - Parameter mayLock: keys, session and configuration are as LOCK demands.
  /// - Returns: false for an ERROR response.
  mutating func answer(_ message: Message, mayLock: Bool) -> Bool {
    guard let next = Self.transitions[message]?[state] else { return false }
    switch message {
    case .lock:
      guard mayLock else { return false }
      nonce = true
    case .start:
      guard nonce else { return false }
      nonce = false
    case .stop: nonce = false
    case .report, .state: break
    }
    state = next
    return true
  }

  /// Section 11.2.6: something that a locked interface tracks has changed.
  mutating func configurationChanged() {
    if state == .locked || state == .run { (state, nonce) = (.error, false) }
  }
}
