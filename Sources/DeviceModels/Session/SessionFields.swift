import Modelling

/// What the requester has heard of what the responder speaks. 1.2 and 1.3 are spoken by both, and so are two suites.
enum HeardVersions: CaseIterable { case all, oldOnly }
enum Suite: CaseIterable {
  case strong, weak
  /// Nobody offers it, and its signatures are anybody's.
  case none
}

/// The negotiation as one side saw it.
struct RequesterView: Hashable, Sendable, CaseIterable, CustomStringConvertible {
  var heard = HeardVersions.all
  var suite = Suite.strong
  static let allCases = HeardVersions.allCases.flatMap { heard in Suite.allCases.map { RequesterView(heard: heard, suite: $0) } }
  static let best = RequesterView()
  var isBest: Bool { self == .best }
  var description: String { "\(heard),\(suite)" }
}

struct ResponderView: Hashable, Sendable, CaseIterable, CustomStringConvertible {
  var isNewest = true
  /// Both suites were offered, or the weak one alone.
  var isWholeOffer = true
  static let allCases = [true, false].flatMap { newest in [true, false].map { ResponderView(isNewest: newest, isWholeOffer: $0) } }
  var isBest: Bool { isNewest && isWholeOffer }
  var description: String { "\(isNewest ? "1.3" : "1.2"),\(isWholeOffer ? "whole" : "cut")-offer" }

  /// Whether both transcripts are of the same bytes: VERSION as it was sent, the version and offer that were sent, the suite that was
  /// selected.
  func matches(_ other: RequesterView) -> Bool {
    other.heard == .all && isNewest && isWholeOffer && other.suite == .strong
  }
}

/// Random data and point of a key exchange, by who made them; `m` is the attacker's.
enum Share: CaseIterable { case none, r1, r2, d1, d2, m }

enum RequesterPhase: CaseIterable { case idle, agreed, exchanging, finishing, standing, over }
enum ResponderPhase: CaseIterable { case none, standing, over }
enum UpdatePhase: CaseIterable { case none, asked, unproved }
/// What a record says.
enum Saying: CaseIterable { case none, data, update, proof, end }

/// The fields of the model. `r` is the requester, `d` the device that answers; what somebody has sent stays in the attacker's hands.
struct SessionFields: Sendable {
  /// Numbers of a key in the model. They are the last ones that there are.
  static let numbers = 2
  static let runs = 2

  let run: Field<Int>
  let phase: Field<RequesterPhase>
  /// By run.
  let view: IndexedField<RequesterView>
  let hasExchanged: IndexedField<Bool>
  let peer: IndexedField<Share>
  /// By answer: the run in which FINISH was sent for it; 0 for none.
  let finishOf: IndexedField<Int>
  let hasAsked: Field<Bool>
  let update: Field<UpdatePhase>
  let generation: Field<Int>
  let sent: Field<Int>
  let taken: Field<Int>
  let waits: Field<Bool>

  let negotiated: Field<Bool>
  let theirView: Field<ResponderView>
  /// By answer to KEY_EXCHANGE.
  let answers: Field<Int>
  let answeredTo: IndexedField<Share>
  let answeredUnder: IndexedField<ResponderView>
  let hasFinished: IndexedField<Bool>
  let due: Field<Int>
  let session: Field<Int>
  let theirPhase: Field<ResponderPhase>
  let theirUpdate: Field<UpdatePhase>
  let theirGeneration: Field<Int>
  let theirSent: Field<Int>
  let theirTaken: Field<Int>

  /// Records by key and number: what the requester and the responder said in them.
  let records: IndexedField<Saying>
  let theirRecords: IndexedField<Saying>
  /// Signed measurements by nonce and by the question after which they were signed.
  let evidence: IndexedField<Bool>

  // Ghosts.
  let reused: Field<Bool>
  let stale: Field<Bool>
  let outOfTurn: Field<Bool>
  let outlived: Field<Bool>

  init(_ schema: inout Schema) {
    let runs = Self.runs, keys = 8 * Self.numbers
    run = schema.field("r-run", in: 0...runs, initially: 0)
    phase = schema.field("r-phase", initially: RequesterPhase.idle)
    view = schema.field("r-view", count: runs, initially: RequesterView.best)
    hasExchanged = schema.field("r-exchanged", count: runs, initially: false)
    peer = schema.field("r-peer", count: runs, initially: Share.none)
    finishOf = schema.field("r-finish-of-run", count: runs, in: 0...runs, initially: 0)
    hasAsked = schema.field("r-asked-measurements", initially: false)
    update = schema.field("r-update", initially: UpdatePhase.none)
    generation = schema.field("r-keys", in: 0...1, initially: 0)
    sent = schema.field("r-sent", in: 0...Self.numbers, initially: 0)
    taken = schema.field("r-taken", in: 0...Self.numbers, initially: 0)
    waits = schema.field("r-waits", initially: false)
    negotiated = schema.field("d-negotiated", initially: false)
    theirView = schema.field("d-view", initially: ResponderView())
    answers = schema.field("d-answers", in: 0...runs, initially: 0)
    answeredTo = schema.field("d-answered-to", count: runs, initially: Share.none)
    answeredUnder = schema.field("d-answered-under", count: runs, initially: ResponderView())
    hasFinished = schema.field("d-finished", count: runs, initially: false)
    due = schema.field("d-finish-due", in: 0...runs, initially: 0)
    session = schema.field("d-session", in: 0...runs, initially: 0)
    theirPhase = schema.field("d-phase", initially: ResponderPhase.none)
    theirUpdate = schema.field("d-update", initially: UpdatePhase.none)
    theirGeneration = schema.field("d-keys", in: 0...1, initially: 0)
    theirSent = schema.field("d-sent", in: 0...Self.numbers, initially: 0)
    theirTaken = schema.field("d-taken", in: 0...Self.numbers, initially: 0)
    records = schema.field("r-record", count: keys, initially: Saying.none)
    theirRecords = schema.field("d-record", count: keys, initially: Saying.none)
    evidence = schema.field("signed-measurements", count: runs * runs, initially: false)
    reused = schema.field("number-was-reused", initially: false)
    stale = schema.field("stale-evidence-believed", initially: false)
    outOfTurn = schema.field("record-taken-out-of-turn", initially: false)
    outlived = schema.field("record-taken-after-the-end", initially: false)
  }
}
