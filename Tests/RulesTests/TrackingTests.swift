import Primitives
import Rules
import Testing

/// TLB tracking as the manual has it: epochs are numbers that only grow, and reference counts say who is left in which.
private struct RealEpochs {
  var epoch = 10
  /// The epoch that the vCPU sampled when it last entered, and whether it is inside.
  var sampled = 10, isInside = false
  /// The IOTLB count of the previous epoch: one IOMMU owes an invalidation.
  var owed = 0
  var isQueued = false
  var stamps: [Int?]

  var previousCount: Int { isInside && sampled == epoch - 1 ? 1 : 0 }
  func isTLBTracked(_ stamp: Int) -> Bool { stamp < epoch - 1 || stamp == epoch - 1 && previousCount == 0 }
  func isIOTLBTracked(_ stamp: Int) -> Bool { stamp < epoch - 1 || stamp == epoch - 1 && owed == 0 }

  mutating func track(isCounted: Bool) -> Outcome {
    if previousCount != 0 { return .refused(.trackTLBEpoch) }
    if owed != 0 { return .refused(.trackIOTLBEpoch) }
    epoch += 1
    if isCounted { owed = 1 }
    return .accepted
  }
  /// True when the entry flushes.
  mutating func enter() -> Bool {
    let flushes = sampled != epoch
    (sampled, isInside) = (epoch, true)
    return flushes
  }
  /// Not due: answered, and nothing is queued.
  mutating func queue() -> Outcome {
    if owed == 0 { return .accepted }
    if isQueued { return .refused(.invalidateIdle) }
    isQueued = true
    return .accepted
  }
  mutating func process() {
    if isQueued { (isQueued, owed) = (false, 0) }
  }
}

@Suite struct TrackingTests {
  private let bounds = Bounds(devices: 1, pages: 3, importers: 0, memory: 1)

  private func world(_ book: Rulebook) -> TableWorld {
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    world.vmLife = .runnable
    world[bindingOwner: 0] = .vm
    return world
  }

  /// The rules keep differences only, capped at "older". Real numbers must give the same answers for ever.
  @Test(arguments: [true, false]) func differencesAreEnough(isCounted: Bool) throws {
    let book = try rulebook(bounds: bounds)
    var world = world(book), real = RealEpochs(stamps: [nil, nil, nil]), random = SeededRandom(seed: 3)
    world[dmar: 0] = isCounted ? .present : .pending
    var (removals, tracks, waits) = (0, 0, 0)
    for _ in 0..<20_000 {
      let p = UInt8(random.next() % 3)
      switch random.next() % 7 {
      case 0:
        let answer = world.track(book)
        #expect(answer == real.track(isCounted: isCounted))
        if answer == .accepted { tracks += 1 } else { waits += 1 }
      case 1:
        let isStale = CachedTranslation.secure
        world[tlb: 0, 2] = isStale
        let answer = world.enter(book)
        #expect(answer == (real.isInside ? .refused(.enterOutside) : .accepted))
        if answer == .accepted { #expect(real.enter() == (world[tlb: 0, 2] == .none)) }
      case 2:
        #expect(world.kick(book) == .accepted)
        if real.previousCount != 0 { real.isInside = false }
      case 3:
        #expect(world.queueIOTLBInvalidation(book) == real.queue())
      case 4:
        #expect(world.processInvalidations(book) == .accepted)
        real.process()
      case 5 where real.stamps[Int(p)] == nil:
        world[entry: 0, p] = .mmioMapped
        world[frame: 0, p] = p
        #expect(world.blockMMIO(0, p, book) == .accepted)
        real.stamps[Int(p)] = real.epoch
      default:
        guard let stamp = real.stamps[Int(p)] else { continue }
        // The CPU is looked at first, then the IOMMU.
        let expected: Outcome =
          !real.isTLBTracked(stamp) ? .refused(.mmioUnmapTLB) : !real.isIOTLBTracked(stamp) ? .refused(.mmioUnmapIOTLB) : .accepted
        #expect(world.unmapMMIO(0, p, book) == expected)
        if expected == .accepted {
          removals += 1
          real.stamps[Int(p)] = nil
        }
      }
      #expect(world.flag(.iotlbEpochIsOpen) == (real.owed != 0))
    }
    #expect(removals > 200 && tracks > 200 && waits > 200)
  }

  /// Every age with every vCPU and every state of the IOTLB's epoch.
  @Test func ages() throws {
    let book = try rulebook(bounds: bounds)
    for age in EpochAge.allCases {
      for vcpu in VirtualCPU.allCases {
        for isOpen in [false, true] {
          var world = world(book)
          world.vcpu = vcpu
          world.set(.iotlbEpochIsOpen, 0, isOpen)
          let byCPU = age == .older || age == .previous && vcpu != .insidePrevious
          let byIOMMU = age == .older || age == .previous && !isOpen
          #expect(world.isTLBTracked(age) == byCPU && world.isIOTLBTracked(age) == byIOMMU)
          world[memoryEntry: 0] = .blocked
          world[memoryStamp: 0] = age
          let expected: Outcome = !byCPU ? .refused(.memoryRemoveTLB) : !byIOMMU ? .refused(.memoryRemoveIOTLB) : .accepted
          #expect(world.removeMemory(0, book) == expected)
        }
      }
    }
  }

  @Test func whoOpensAnIOTLBEpoch() throws {
    for isAttached in [false, true] {
      for dmar in DMAREntry.allCases {
        for needsAccepted in [false, true] {
          var parameters = Parameters()
          parameters.iotlbEpochNeedsAcceptedDMA = needsAccepted
          let book = try rulebook(bounds: bounds, parameters: parameters)
          var world = world(book)
          world[bindingOwner: 0] = isAttached ? .vm : .none
          world[dmar: 0] = dmar
          #expect(world.track(book) == .accepted)
          let isAccepted = dmar == .present || dmar == .blocked
          #expect(world.flag(.iotlbEpochIsOpen) == (needsAccepted ? isAccepted : isAttached))
        }
      }
    }
  }

  /// A vCPU of the old epoch leaves only when its access has ended.
  @Test func kicks() throws {
    let book = try rulebook(bounds: bounds)
    for vcpu in VirtualCPU.allCases {
      for access in GuestAccessKind.allCases {
        var world = world(book)
        (world.vcpu, world.accessKind) = (vcpu, access)
        let waits = vcpu == .insidePrevious && access != .none
        #expect(world.kick(book) == (waits ? .refused(.kickAcknowledged) : .accepted))
        #expect(world.vcpu == (waits || vcpu != .insidePrevious ? vcpu : .outsideStale))
      }
    }
    #expect(Guard.kickAcknowledged.isBusy && Guard.trackTLBEpoch.isBusy && Guard.trackIOTLBEpoch.isBusy)
  }

  /// A TD that the module found fatal is tracked no more, and its IOTLB is invalidated no more; its DMA entries still go.
  @Test func aFatalTD() throws {
    let book = try rulebook(bounds: bounds)
    for end in VirtualMachineEnd.allCases {
      var world = world(book)
      world.vmEnd = end
      let isFatal = end == .machineCheck
      #expect(world.track(book) == (isFatal ? .refused(.trackAlive) : .accepted))
      #expect(world.queueIOTLBInvalidation(book) == (isFatal ? .refused(.invalidateAlive) : .accepted))
      world[dmar: 0] = .present
      #expect(world.blockDMA(0, book) == .accepted)
      #expect(world.queueEntryInvalidation(0, book) == .accepted && world.processInvalidations(book) == .accepted)
      #expect(world.removeDMA(0, book) == .accepted)
    }
  }
}
