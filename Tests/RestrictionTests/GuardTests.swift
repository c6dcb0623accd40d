import Restriction
import Testing

/// One world for each guard in which it alone refuses, transcribed from what the sources in its entry say; without the guard the same call
/// goes through.
struct GuardCase: Sendable, CustomTestStringConvertible {
  let guardName: RestrictedGuard
  let prepare: @Sendable (inout Bench) -> Void
  let attempt: @Sendable (inout Bench) -> RestrictedOutcome
  var testDescription: String { guardName.id }

  init(
    _ guardName: RestrictedGuard, _ prepare: @escaping @Sendable (inout Bench) -> Void = { _ in },
    _ attempt: @escaping @Sendable (inout Bench) -> RestrictedOutcome
  ) {
    (self.guardName, self.prepare, self.attempt) = (guardName, prepare, attempt)
  }

  static let all: [GuardCase] = [
    .init(.ruleSecureWorld) { $0.setRule(.read, master: codec, region: video, by: .normal) },
    .init(.ruleNotCPU) { $0.setRule(.read, master: .hostCPU, region: video, by: .secure) },
    .init(.ruleIsolation, { $0[rule: codec, video] = .both }) { $0.setRule(.read, master: codec, region: payment, by: .secure) },
    .init(.accessRule, { $0.covers[0] = .region(video) }) { $0.decide(.read, page: 0, by: codec) },
    .init(.closeSecureWorld) { $0.close(0..<1, as: video, by: .normal) },
    .init(.openNotLent, { $0.makeLoan(state: .clean(video)) }) { $0.open(0..<1, by: .secure) },
    .init(.openSecureWorld, { $0.pool(.clean(video)) }) { $0.open(0..<1, by: .normal) },
    .init(.openScrubbed, { $0.pages[0] = .unscrubbed(video) }) { $0.open(0..<1, by: .secure) },
    .init(.lendAligned) { $0.lend(LendRequest(start: 0x8000_0800, length: 4096, cookie: 1, pages: 0..<1)) },
    .init(.lendMinimum, { $0.minimumLend = 8192 }) { $0.lend(.pages(0..<1, cookie: 1)) },
    .init(.lendOrdinary, { $0.pages[1] = .handedOut(video) }) { $0.lend(.pages(0..<2, cookie: 1)) },
    .init(.lendUnregistered, { $0.pages[1] = .registered }) { $0.lend(.pages(0..<2, cookie: 1)) },
    .init(.lendCookie, { _ = $0.lend(.pages(0..<1, cookie: 7)) }) { $0.lend(.pages(1..<2, cookie: 7)) },
    .init(.assignCookie, { _ = $0.lend(.pages(0..<1, cookie: 7)) }) { $0.assign(8, to: video) },
    .init(
      .assignOnce,
      {
        _ = $0.lend(.pages(0..<1, cookie: 7))
        _ = $0.assign(7, to: video)
      }
    ) { $0.assign(7, to: payment) },
    .init(.releaseCookie, { $0.makeLoan(state: .clean(video)) }) { $0.release(8) },
    .init(.releaseAssigned, { _ = $0.lend(.pages(0..<1, cookie: 7)) }) { $0.release(7) },
    .init(.releaseLastReference, { $0.makeLoan(state: .handedOut(video)) }) { $0.release(7) },
    .init(.releaseScrubbed, { $0.makeLoan(state: .unscrubbed(video)) }) { $0.release(7) },
    .init(.reclaimCookie, { _ = $0.lend(.pages(0..<1, cookie: 7)) }) { $0.reclaim(8) },
    .init(.reclaimReleased, { $0.makeLoan(state: .clean(video)) }) { $0.reclaim(7) },
    .init(.handOutFree, { $0.pool(.handedOut(video)) }) { $0.handOut(0..<1, of: video) },
    .init(.handOutScrubbed, { $0.pool(.unscrubbed(video)) }) { $0.handOut(0..<1, of: video) },
    .init(.handOutCovered, { $0.pages[0] = .clean(video) }) { $0.handOut(0..<1, of: video) },
    .init(.takeBackHandedOut, { $0.pool(.clean(video)) }) { $0.takeBack(0..<1, of: video) },
    .init(
      .takeBackLastReference,
      {
        $0.pool(.handedOut(video))
        $0.held[0] = 1
      }
    ) { $0.takeBack(0..<1, of: video) },
    .init(
      .scrubGivenBack,
      {
        $0.pool(.handedOut(video))
        $0[rule: scrubber, video] = .write
      }
    ) { $0.beginScrub(0..<1, of: video, by: scrubber) },
    .init(.scrubPermitted, { $0.pool(.unscrubbed(video)) }) { $0.beginScrub(0..<1, of: video, by: scrubber) },
    .init(.scrubBegun, { $0.pool(.unscrubbed(video)) }) { $0.endScrub(0..<1, of: video) },
  ]
}

extension Bench {
  mutating func pool(_ state: PageState) { (pages[0], covers[0]) = (state, .region(video)) }
  mutating func makeLoan(state: PageState) {
    _ = lend(.pages(0..<1, cookie: 7))
    _ = assign(7, to: video)
    pages[0] = state
  }
}

@Suite struct RestrictedGuards {
  @Test(arguments: GuardCase.all) func itAloneRefuses(_ one: GuardCase) {
    var bench = Bench()
    one.prepare(&bench)
    let before = bench
    #expect(one.attempt(&bench) == .refused(one.guardName))
    #expect(bench == before, "a refusal changes nothing")
    bench.law.drop(one.guardName)
    #expect(one.attempt(&bench) == .accepted)
  }

  @Test func everyGuardHasItsCaseAndItsOwnName() {
    #expect(Set(GuardCase.all.map(\.guardName)) == Set(RestrictedGuard.laws))
    #expect(Set(RestrictedGuard.allCases.map(\.id)).count == RestrictedGuard.allCases.count)
    for one in RestrictedGuard.allCases {
      #expect(RestrictedGuard(id: one.id) == one)
      #expect(!one.entry.source.isEmpty && !one.entry.code.isEmpty)
    }
  }

  @Test func theBooksHaveAnEnd() {
    var bench = Bench()
    #expect(bench.lend(.pages(0..<1, cookie: 1)) == .accepted)
    #expect(bench.lend(.pages(1..<2, cookie: 2)) == .accepted)
    #expect(bench.lend(.pages(2..<3, cookie: 3)) == .refused(.lendRoom))
  }
}

@Suite struct RestrictedLife {
  @Test func aLoanGoesAllTheWayAndComesBack() {
    var bench = Bench()
    #expect(bench.setRule(.both, master: codec, region: video, by: .secure) == .accepted)
    #expect(bench.setRule(.write, master: scrubber, region: video, by: .secure) == .accepted)
    #expect(bench.setRule(.write, master: scrubber, region: payment, by: .secure) == .accepted, "who only writes may serve both")
    #expect(bench.decide(.both, page: 0, by: .hostCPU) == .accepted)
    #expect(bench.lend(.pages(0..<2, cookie: 7)) == .accepted)
    #expect(bench.decide(.read, page: 0, by: codec) == .refused(.accessRule), "nobody reaches what has no use yet")
    #expect(bench.assign(7, to: video) == .accepted)
    #expect(bench.handOut(0..<1, of: video) == .refused(.handOutScrubbed), "what the normal world wrote is no zero")
    #expect(bench.beginScrub(0..<2, of: video, by: scrubber) == .accepted && bench.endScrub(0..<2, of: video) == .accepted)
    #expect(bench.handOut(0..<1, of: video) == .accepted)
    #expect(bench.decide(.both, page: 0, by: codec) == .accepted && bench.decide(.read, page: 0, by: scrubber) == .refused(.accessRule))
    #expect(bench.decide(.read, page: 0, by: .hostCPU) == .refused(.accessRule))
    #expect(bench.release(7) == .refused(.releaseLastReference))
    #expect(bench.takeBack(0..<1, of: video) == .accepted && bench.release(7) == .refused(.releaseScrubbed))
    #expect(bench.beginScrub(0..<1, of: video, by: scrubber) == .accepted && bench.endScrub(0..<1, of: video) == .accepted)
    #expect(bench.release(7) == .accepted && bench.reclaim(7) == .accepted)
    #expect(bench.reclaim(7) == .refused(.reclaimCookie), "a cookie is good once")
    #expect(bench.pages == Bench().pages && bench.covers == Bench().covers && bench.loans == Bench().loans)
  }

  @Test(arguments: [Access.read, .write, .both]) func readersOfVideoTouchNoPayment(_ access: Access) {
    var bench = Bench()
    #expect(bench.setRule(.read, master: codec, region: video, by: .secure) == .accepted)
    #expect(bench.setRule(access, master: codec, region: payment, by: .secure) == .refused(.ruleIsolation))
    #expect(bench.setRule(.none, master: codec, region: video, by: .secure) == .accepted)
    #expect(bench.setRule(access, master: codec, region: payment, by: .secure) == .accepted)
  }
}
