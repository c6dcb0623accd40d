import Machine
import Primitives
import Procedures
import Rules
import Testing

/// Anything at any time before the judge, and proof that the judge sees: without a guard it must object.
struct JudgeWalkTests {
  /// What guest, host, devices and bystanders can attempt; with `calls` any call of the host beside its procedures.
  static func actions(_ b: Bounds, calls: Bool) -> [Action] {
    var all: [Action] = [.crashVMM, .enterVCPU, .enterVCPU, .endAccess, .endAccess]
    for t in 0..<Bounds.tasks { all += Array(repeating: .advance(task: t), count: calls ? 60 : 150) }
    for d in 0..<b.devices {
      all += [
        .validate(device: d), .askReport(device: d), .askStart(device: d), .collect(device: d), .checkEvidence(device: d), .acceptDMA(device: d),
      ]
      all += [.startDMA(device: d, trusted: true), .startDMA(device: d, trusted: false), .finishSharedDMA(device: d), .sendShared(device: d)]
      all += Procedure.allCases.dropFirst().map { .request($0, device: d, page: 0) }
      for _ in 0..<8 {
        all += [.startDMA(device: d, trusted: true), .startDMA(device: d, trusted: false), .finishSharedDMA(device: d)]
        for m in 0..<b.memory { all += [.finishTrustedDMA(device: d, unit: m), .guestReads(unit: m), .guestWrites(unit: m)] }
        for p in 0..<b.pages { all += [.beginAccess(device: d, page: p, secure: true), .beginAccess(device: d, page: p, secure: false)] }
        all += [.endAccess, .endAccess, .endAccess, .enterVCPU]
      }
      for p in 0..<b.pages {
        all += [Procedure.faultShared, .faultPrivate, .bind, .accept, .relay].map { .request($0, device: d, page: p) }
        all += [.acceptMMIO(device: d, page: p), .beginAccess(device: d, page: p, secure: true), .beginAccess(device: d, page: p, secure: false)]
        all += [.hostTouchesPage(device: d, page: p), .peerTouchesPage(device: d, page: p)]
        if calls { all.append(.mapWrongPage(device: d, page: p, frame: (p + 1) % b.pages)) }
      }
      for m in 0..<b.memory { all.append(.finishTrustedDMA(device: d, unit: m)) }
      if calls {
        all.append(.streamInsecure(device: d))
        // Locks are no calls, nor is a part of a fault: whoever takes them and forgets them only stops himself.
        let parts = [Step.takeFrame, .installShared, .installMirror]
        for step in Step.allCases where step.code > Step.unlockReservation.code && !parts.contains(step) {
          for p in 0..<min(b.pages, b.memory) { all.append(.call(step, device: d, page: p)) }
        }
      }
    }
    for m in 0..<b.memory {
      all += [.guestReads(unit: m), .guestWrites(unit: m), .hostReads(unit: m), .peerTouches(unit: m), .acceptMemory(unit: m)]
      if calls { all.append(.hostWrites(unit: m)) }
    }
    for i in 0..<b.importers {
      all += [.attach(importer: i), .map(importer: i), .use(importer: i), .finish(importer: i), .unmap(importer: i), .detach(importer: i)]
    }
    return all
  }

  /// After it the rest of a walk is dull.
  private static func endsEverything(_ action: Action) -> Bool {
    switch action {
    case .crashVMM, .request(.close, _, _), .request(.teardown, _, _), .request(.disconnect, _, _): true
    case .call(let step, _, _):
      [
        .bugVM, .flushDone, .cacheWriteBack, .keyFree, .rootReclaim, .closeFunction, .spdmDisconnect, .spdmDelete, .streamBlock, .resetBegin,
        .powerD3Hot,
      ].contains(step)
    default: false
    }
  }

  /// Walks `steps` actions from a random point of a device's life; the judge that watched.
  static func walk(_ m: Machine, _ prologue: Machine, seed: UInt64, steps: Int, calls: Bool) -> Judge {
    _ = prologue.setUp()
    if seed % 2 == 0 { _ = prologue.goPrivate(0) }
    let judge = Judge(m)
    judge.look = .nowhere
    judge.perform(prologue.events.compactMap { $0.action.flatMap { Action($0) } })
    judge.look = .around
    judge.compareTables(after: "the set-up")
    var random = SeededRandom(seed: seed)
    let all = actions(m.book.bounds, calls: calls).filter { seed % 5 == 0 || !endsEverything($0) }
    for _ in 0..<steps {
      guard judge.findings.isEmpty, m.violation == nil, var action = all.randomElement(using: &random) else { break }
      // Most of what comes at random is senseless; two times in three something is looked for that would happen.
      if random.next() % 3 != 0 {
        for _ in 0..<40 where !m.would(action) { action = all.randomElement(using: &random) ?? action }
      }
      judge.perform(action)
    }
    return judge
  }

  #if DEBUG
    static let seeds: ClosedRange<UInt64> = 1...16
    static let steps = 300
  #else
    static let seeds: ClosedRange<UInt64> = 1...400
    static let steps = 800
  #endif

  @Test(arguments: JudgeWalkTests.seeds)
  func anyOrderIsJudged(seed: UInt64) throws {
    let bounds = Bounds(devices: seed % 3 == 0 ? 2 : 1, pages: 3, importers: 2, memory: 2), calls = seed % 4 > 1
    let cast: Cast = calls ? .untrustedHost : .behaved
    func machine() throws -> Machine { try JudgeTests.machine(cast: cast, bounds: bounds, seed: seed) }
    let judge = Self.walk(try machine(), try machine(), seed: seed, steps: Self.steps, calls: calls)
    #expect(judge.disagreement() == nil, "seed \(seed)")
  }
}
