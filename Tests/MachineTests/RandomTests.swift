import Machine
import Primitives
import Rules
import Testing

/// Any action at any time: whatever the rules accept, the bytes follow.
struct RandomTests {
  private func actions(_ b: Bounds) -> [Action] {
    var all: [Action] = [.crashVMM, .enterVCPU, .enterVCPU, .endAccess, .endAccess]
    for t in 0..<Bounds.tasks { all += Array(repeating: .advance(task: t), count: 60) }
    for d in 0..<b.devices {
      all += [
        .validate(device: d), .askReport(device: d), .askStart(device: d), .collect(device: d), .checkEvidence(device: d),
        .acceptDMA(device: d),
      ]
      for trusted in [false, true] { all.append(.startDMA(device: d, trusted: trusted)) }
      all += [.finishSharedDMA(device: d), .sendShared(device: d), .mapByHost(device: d), .cycleBusMaster(device: d), .streamInsecure(device: d)]
      all += [.setInterrupts(device: d), .spoilMailbox(device: d)]
      for p in Procedure.allCases.dropFirst() { all += [.request(p, device: d, page: 0), .failStep(p, task: 0)] }
      for p in 0..<b.pages {
        for procedure in [Procedure.faultShared, .faultPrivate, .bind, .accept, .relay] {
          all.append(.request(procedure, device: d, page: p))
        }
        all += [
          .acceptMMIO(device: d, page: p), .beginAccess(device: d, page: p, secure: true),
          .beginAccess(device: d, page: p, secure: false),
        ]
        all += [
          .hostTouchesPage(device: d, page: p), .peerTouchesPage(device: d, page: p), .mapWrongPage(device: d, page: p, frame: 0),
        ]
      }
      for m in 0..<b.memory { all.append(.finishTrustedDMA(device: d, unit: m)) }
      for step in Step.allCases { for p in 0..<min(b.pages, b.memory) { all.append(.call(step, device: d, page: p)) } }
    }
    for m in 0..<b.memory {
      all += [
        .hostWrites(unit: m), .guestReads(unit: m), .guestWrites(unit: m), .hostReads(unit: m), .peerTouches(unit: m),
        .acceptMemory(unit: m),
      ]
    }
    for i in 0..<b.importers {
      all += [
        .attach(importer: i), .map(importer: i), .use(importer: i), .finish(importer: i), .unmap(importer: i), .detach(importer: i),
      ]
    }
    return all
  }

  /// Without one guard the machine does what the guard forbade, and bytes still follow.
  @Test func bytesFollowWithoutAGuard() throws {
    let bounds = Bounds(devices: 2, pages: 2, importers: 2, memory: 2)
    let all = actions(bounds), file = try MachineFile.synthetic(bounds: bounds)
    let plain = try book(cast: .untrustedHost)
    for why in Guard.laws {
      var rules = plain
      rules.law = Law(dropping: [why])
      let m = try Machine(file, rules, seed: UInt64(why.code))
      _ = m.setUp()
      _ = m.goPrivate(0)
      m.auditsEveryEvent = true
      var random = SeededRandom(seed: UInt64(why.code))
      for _ in 0..<60 {
        guard let action = all.randomElement(using: &random), m.troubles.isEmpty else { break }
        m.attempt(action)
      }
      #expect(m.troubles == [], "without \(why.id)")
    }
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func bytesFollowTheRules(seed: UInt64) throws {
    let bounds = Bounds(devices: 2, pages: 2, importers: 2, memory: 2)
    let cast: Cast = seed % 3 == 0 ? .behaved : seed % 3 == 1 ? .hostileVMM : .untrustedHost
    let m = try machine(bounds: bounds, cast: cast, seed: seed)
    _ = m.setUp()
    if seed % 2 == 0 { _ = m.goPrivate(0) }
    var random = SeededRandom(seed: seed)
    let all = actions(bounds)
    for _ in 0..<500 {
      guard let action = all.randomElement(using: &random) else { break }
      // An exploration gives calls of a hostile host to those casts only.
      if case .call = action, cast == .behaved { continue }
      if case .mapWrongPage = action, cast != .untrustedHost { continue }
      m.attempt(action)
      if !m.troubles.isEmpty { break }
    }
    #expect(m.troubles == [])
    #expect(m.audit() == [])
  }
}
