import Modelling
import Restriction

/// A state of the model as the rules see it: they change it without knowing that it is one.
struct HeapWorld: RestrictedStage {
  var state: State
  let fields: HeapFields
  let law: RestrictedLaw

  /// Rows of the firewall's table; the host CPU first.
  static let masters = ["cpu", "codec", "teller", "wiper", "dma"]
  static let cpu = MasterIndex.hostCPU, codec = MasterIndex(1), teller = MasterIndex(2), wiper = MasterIndex(3), dma = MasterIndex(4)
  static let video = RegionIndex(0), payment = RegionIndex(1)
  static let regions = [video, payment]

  subscript(page page: Int) -> PageState {
    get { state[fields.recorded, page].state }
    set { state[fields.recorded, page] = RecordedPage(newValue) }
  }
  subscript(coverage page: Int) -> Coverage {
    get { state[fields.enforced, page].coverage }
    set { state[fields.enforced, page] = EnforcedPage(newValue) }
  }
  func references(page: Int) -> Int { state[fields.mapped, page] ? 1 : 0 }
  subscript(rule master: MasterIndex, region: RegionIndex) -> Access {
    get { Access(rawValue: UInt8(state[fields.rules, Int(master.value) * 2 + Int(region.value)])) }
    set { state[fields.rules, Int(master.value) * 2 + Int(region.value)] = Int(newValue.rawValue) }
  }
  func useCase(of region: RegionIndex) -> UseCase { region == Self.video ? .secureVideo : .payment }
  var regionCount: UInt8 { 2 }
  var lendCount: Int { 2 }
  var minimumLend: UInt64 { 4096 }
  subscript(lend slot: Int) -> Lend {
    get {
      let stage = state[fields.loanStage, slot]
      if stage == .none { return .none }
      return Lend(stage, cookie: UInt64(state[fields.loanCookie, slot]), firstPage: state[fields.loanPage, slot], pages: 1)
    }
    set {
      state[fields.loanStage, slot] = newValue.stage
      state[fields.loanCookie, slot] = newValue.stage == .none ? 0 : Int(newValue.cookie)
      state[fields.loanPage, slot] = newValue.stage == .none ? 0 : newValue.firstPage
    }
  }

  /// Who is meant to see what: written here once more, and not asked of the rules.
  static func isEntitled(_ master: Int, to content: Content) -> Bool {
    switch content {
    case .zero, .ordinary: true
    case .video: master == Int(codec.value)
    case .payment: master == Int(teller.value)
    }
  }
}
