import Modelling
import Restriction

/// What is really in a page: a ghost that no rule may look at.
enum Content: CaseIterable { case zero, ordinary, video, payment }

/// A page as the books have it, with values for two regions.
struct RecordedPage: Hashable, Sendable, CaseIterable, CustomStringConvertible {
  let state: PageState
  static let allCases = PageState.all(regions: 2).map(RecordedPage.init)
  init(_ state: PageState) { self.state = state }
  var description: String {
    switch state {
    case .ordinary: "ordinary"
    case .registered: "registered"
    case .lent: "lent"
    case .clean(let region): "clean(\(Self.word(region)))"
    case .handedOut(let region): "handed-out(\(Self.word(region)))"
    case .unscrubbed(let region): "unscrubbed(\(Self.word(region)))"
    case .scrubbing(let region): "scrubbing(\(Self.word(region)))"
    }
  }
  static func word(_ region: RegionIndex) -> String { region == HeapWorld.video ? "video" : "payment" }
}

/// A page as the firewall has it.
struct EnforcedPage: Hashable, Sendable, CaseIterable, CustomStringConvertible {
  let coverage: Coverage
  static let allCases = Coverage.all(regions: 2).map(EnforcedPage.init)
  init(_ coverage: Coverage) { self.coverage = coverage }
  var description: String {
    switch coverage {
    case .open: "open"
    case .closed: "closed"
    case .region(let region): RecordedPage.word(region)
    }
  }
}

/// The fields of the model. Everything that is not the secure world's is a ghost, or somebody's belief.
struct HeapFields: Sendable {
  // The secure world's.
  let recorded: IndexedField<RecordedPage>
  let enforced: IndexedField<EnforcedPage>
  /// Access by master and region, as a number.
  let rules: IndexedField<Int>
  let loanStage: IndexedField<Lend.Stage>
  let loanCookie: IndexedField<Int>
  let loanPage: IndexedField<Int>
  // The kernel's beliefs.
  let kernelOwns: IndexedField<Bool>
  let kernelLent: IndexedField<Int>
  let sharedWithTA: IndexedField<Bool>
  // Clients and masters.
  let hands: IndexedField<Int>
  let mapped: IndexedField<Bool>
  let isWindingDown: Field<Bool>
  // Ghosts.
  let content: IndexedField<Content>
  let dirtyHandOut: Field<Bool>
  let strangerServed: Field<Bool>

  init(_ schema: inout Schema, pages: Int) {
    recorded = schema.field("recorded", count: pages, initially: RecordedPage(.ordinary))
    enforced = schema.field("enforced", count: pages, initially: EnforcedPage(.open))
    rules = schema.field("rule", count: HeapWorld.masters.count * 2, in: 0...3, initially: 0)
    loanStage = schema.field("loan", count: 2, initially: Lend.Stage.none)
    loanCookie = schema.field("loan-cookie", count: 2, in: 0...2, initially: 0)
    loanPage = schema.field("loan-page", count: 2, in: 0...pages - 1, initially: 0)
    kernelOwns = schema.field("kernel-owns", count: pages, initially: true)
    kernelLent = schema.field("kernel-lent", count: pages, in: 0...2, initially: 0)
    sharedWithTA = schema.field("shared-with-ta", count: pages, initially: false)
    hands = schema.field("hands", count: pages, in: 0...3, initially: 0)
    mapped = schema.field("mapped", count: pages, initially: false)
    isWindingDown = schema.field("client-is-dead", initially: false)
    content = schema.field("content", count: pages, initially: Content.ordinary)
    dirtyHandOut = schema.field("dirty-hand-out", initially: false)
    strangerServed = schema.field("unknown-cookie-obeyed", initially: false)
  }
}
