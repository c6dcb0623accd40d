import Modelling
import Restriction

/// The actions of the model, by who acts. Each asks a rule on a copy of the state, and is possible where the rule accepts.
struct HeapSteps: Sendable {
  let fields: HeapFields
  let law: RestrictedLaw
  let fault: HeapFault?
  let pages: Int
  let asked: [HeapProperty]
  let cookies = [1, 2]

  func world(_ state: State) -> HeapWorld { HeapWorld(state: state, fields: fields, law: law) }

  /// The state after a rule, if it accepts.
  func after(_ state: State, _ rule: (inout HeapWorld) -> RestrictedOutcome) -> State? {
    var world = world(state)
    return rule(&world).isAccepted ? world.state : nil
  }

  func request(_ page: Int, _ cookie: Int) -> LendRequest {
    LendRequest(start: 0x8000_0000 + UInt64(page) * 4096, length: 4096, cookie: UInt64(cookie), pages: page..<page + 1)
  }

  func isBooted(_ state: State) -> Bool {
    !state[fields.kernelOwns, 0] || state[fields.recorded, 0].state != .ordinary || state[fields.rules, 2] != 0
  }

  /// Before the kernel: the carve-out is closed and rules are set.
  @ModelBuilder var boot: [ModelBuilder.Part] {
    let f = fields
    Action(
      "boot", when: { !isBooted($0) },
      then: { state in
        var world = world(state)
        for (access, master, region) in Self.table { _ = world.setRule(access, master: master, region: region, by: .secure) }
        _ = world.close(0..<1, as: HeapWorld.video, by: .secure)
        state = world.state
        state[f.kernelOwns, 0] = false
      })
  }

  static let table: [(Access, MasterIndex, RegionIndex)] = [
    (.both, HeapWorld.codec, HeapWorld.video), (.both, HeapWorld.teller, HeapWorld.payment), (.write, HeapWorld.wiper, HeapWorld.video),
    (.write, HeapWorld.wiper, HeapWorld.payment),
  ]

  /// Somebody asked with a name under which the kernel lent nothing, and was obeyed.
  private func noteStranger(_ state: inout State, _ cookie: Int) {
    if !state[fields.kernelLent].contains(cookie) { state[fields.strangerServed] = true }
  }

  /// What a kernel, or whoever has taken it over, may call.
  @ModelBuilder var normalWorld: [ModelBuilder.Part] {
    let f = fields
    Action(
      "lend", each: 0..<pages, and: cookies,
      when: { state, p, c in isBooted(state) && !state[f.isWindingDown] && after(state) { $0.lend(request(p, c)) } != nil },
      then: { state, p, c in
        state = after(state) { $0.lend(request(p, c)) } ?? state
        state[f.kernelOwns, p] = false
        state[f.kernelLent, p] = c
      })
    Action(
      "assign", each: cookies, and: HeapWorld.regions,
      when: { state, c, r in !state[f.isWindingDown] && after(state) { $0.assign(UInt64(c), to: r) } != nil },
      then: { state, c, r in
        noteStranger(&state, c)
        state = after(state) { $0.assign(UInt64(c), to: r) } ?? state
      })
    Action(
      "release", each: cookies, fairness: .strong, when: { state, c in after(state) { $0.release(UInt64(c)) } != nil },
      then: { state, c in
        noteStranger(&state, c)
        state = after(state) { $0.release(UInt64(c)) } ?? state
      })
    Action(
      "reclaim", each: cookies, fairness: .strong, when: { state, c in after(state) { $0.reclaim(UInt64(c)) } != nil },
      then: { state, c in
        noteStranger(&state, c)
        state = after(state) { $0.reclaim(UInt64(c)) } ?? state
        // The kernel takes what it lent under that name. With two loans of one name it takes one.
        if let p = (0..<pages).last(where: { state[f.kernelLent, $0] == c }) {
          state[f.kernelOwns, p] = true
          state[f.kernelLent, p] = 0
        }
      })
    Action(
      "share", each: 0..<pages,
      when: { state, p in isBooted(state) && state[f.kernelOwns, p] && state[f.recorded, p].state == .ordinary && !state[f.isWindingDown] },
      then: { state, p in
        state[f.recorded, p] = RecordedPage(.registered)
        state[f.sharedWithTA, p] = true
      })
    Action(
      "unshare", each: 0..<pages, when: { state, p in state[f.sharedWithTA, p] && state[f.recorded, p].state == .registered },
      then: { state, p in
        state[f.recorded, p] = RecordedPage(.ordinary)
        state[f.sharedWithTA, p] = false
      })
    Action(
      "write", each: 0..<pages, when: { state, p in state[f.kernelOwns, p] && world(state).decide(.write, page: p, by: HeapWorld.cpu).isAccepted },
      then: { state, p in state[f.content, p] = .ordinary })
    Action(
      "ask-rule", when: { after($0) { $0.setRule(.read, master: HeapWorld.dma, region: HeapWorld.video, by: .normal) } != nil },
      then: { state in state = after(state) { $0.setRule(.read, master: HeapWorld.dma, region: HeapWorld.video, by: .normal) } ?? state })
    Action(
      "ask-close", each: 0..<pages,
      when: { state, p in isBooted(state) && after(state) { $0.close(p..<p + 1, as: HeapWorld.video, by: .normal) } != nil },
      then: { state, p in state = after(state) { $0.close(p..<p + 1, as: HeapWorld.video, by: .normal) } ?? state })
    Action(
      "ask-open", each: 0..<pages, when: { state, p in after(state) { $0.open(p..<p + 1, by: .normal) } != nil },
      then: { state, p in state = after(state) { $0.open(p..<p + 1, by: .normal) } ?? state })
  }

  /// A client for each use, and the masters that work for it.
  @ModelBuilder var clients: [ModelBuilder.Part] {
    let f = fields
    Action(
      "allocate", each: 0..<pages, and: HeapWorld.regions,
      when: { state, p, r in !state[f.isWindingDown] && after(state) { $0.handOut(p..<p + 1, of: r) } != nil },
      then: { state, p, r in
        state = after(state) { $0.handOut(p..<p + 1, of: r) } ?? state
        if state[f.content, p] != .zero { state[f.dirtyHandOut] = true }
        if state[f.hands, p] < 3 { state[f.hands, p] += 1 }
      })
    Action(
      "free", each: 0..<pages, and: HeapWorld.regions, fairness: .weak,
      when: { state, p, r in after(state) { $0.takeBack(p..<p + 1, of: r) } != nil },
      then: { state, p, r in
        state = after(state) { $0.takeBack(p..<p + 1, of: r) } ?? state
        if state[f.hands, p] > 0 { state[f.hands, p] -= 1 }
      })
    Action(
      "map", each: 0..<pages, when: { state, p in state[f.hands, p] > 0 && !state[f.mapped, p] && !state[f.isWindingDown] },
      then: { state, p in state[f.mapped, p] = true })
    Action("unmap", each: 0..<pages, fairness: .weak, when: { state, p in state[f.mapped, p] }, then: { state, p in state[f.mapped, p] = false })
    // A master writes as long as it was given the page or has it mapped, and the firewall lets it.
    Action(
      "decode", each: 0..<pages,
      when: { state, p in isAtWork(state, p, HeapWorld.video) && world(state).decide(.write, page: p, by: HeapWorld.codec).isAccepted },
      then: { state, p in state[f.content, p] = .video })
    Action(
      "pay", each: 0..<pages,
      when: { state, p in isAtWork(state, p, HeapWorld.payment) && world(state).decide(.write, page: p, by: HeapWorld.teller).isAccepted },
      then: { state, p in state[f.content, p] = .payment })
    Action("die", when: { isBooted($0) && !$0[f.isWindingDown] }, then: { $0[f.isWindingDown] = true })
  }

  private func isAtWork(_ state: State, _ page: Int, _ region: RegionIndex) -> Bool {
    (state[fields.hands, page] > 0 || state[fields.mapped, page]) && state[fields.enforced, page].coverage == .region(region)
  }

  /// Any master may be told to write zeros; the rules see to it that it is one whose writes land.
  @ModelBuilder var scrubbing: [ModelBuilder.Part] {
    let f = fields
    Action(
      "scrub", each: 0..<pages, and: [HeapWorld.wiper, HeapWorld.dma], fairness: .weak,
      when: { state, p, m in beginScrub(state, p, m) != nil },
      then: { state, p, m in
        state = beginScrub(state, p, m) ?? state
        if world(state).decide(.write, page: p, by: m).isAccepted, fault != .noScrub { state[f.content, p] = .zero }
      })
    Action(
      "scrubbed", each: 0..<pages, and: HeapWorld.regions, fairness: .weak,
      when: { state, p, r in after(state) { $0.endScrub(p..<p + 1, of: r) } != nil },
      then: { state, p, r in state = after(state) { $0.endScrub(p..<p + 1, of: r) } ?? state })
  }

  private func beginScrub(_ state: State, _ page: Int, _ master: MasterIndex) -> State? {
    guard let region = state[fields.recorded, page].state.region else { return nil }
    if case .scrubbing = state[fields.recorded, page].state { return nil }
    return after(state) { $0.beginScrub(page..<page + 1, of: region, by: master) }
  }

  /// What the secure world does by itself, and what it is talked into.
  @ModelBuilder var secureWorld: [ModelBuilder.Part] {
    let f = fields
    Action(
      "grant-cpu", when: { after($0) { $0.setRule(.read, master: HeapWorld.cpu, region: HeapWorld.video, by: .secure) } != nil },
      then: { state in state = after(state) { $0.setRule(.read, master: HeapWorld.cpu, region: HeapWorld.video, by: .secure) } ?? state })
    Action(
      "grant-teller",
      when: { isBooted($0) && after($0) { $0.setRule(.read, master: HeapWorld.teller, region: HeapWorld.video, by: .secure) } != nil },
      then: { state in state = after(state) { $0.setRule(.read, master: HeapWorld.teller, region: HeapWorld.video, by: .secure) } ?? state })
    Action(
      "open", each: 0..<pages,
      when: { state, p in isBooted(state) && !state[f.kernelOwns, p] && after(state) { $0.open(p..<p + 1, by: .secure) } != nil },
      then: { state, p in
        state = after(state) { $0.open(p..<p + 1, by: .secure) } ?? state
        state[f.kernelOwns, p] = true
      })
    if fault == .ruleDroppedBeforeReclaim {
      Action(
        "drop-rule", each: 0..<pages,
        when: { state, p in
          if case .unscrubbed = state[f.recorded, p].state { state[f.enforced, p].coverage != .open } else { false }
        }, then: { state, p in state[f.enforced, p] = EnforcedPage(.open) })
    }
  }
}
