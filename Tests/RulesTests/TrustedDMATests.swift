import Rules
import Testing

/// The DMAR entry, its invalidation, and what it translates. TDX Connect, trusted DMA.
@Suite struct TrustedDMATests {
  private func world(_ book: Rulebook) -> TableWorld {
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    world.vmLife = .runnable
    world.vcpu = .insideCurrent
    world[bindingOwner: 0] = .vm
    world[recorded: 0] = .locked
    world[evidence: 0] = .checked
    world.set(.isValid, 0, true)
    return world
  }

  @Test func everyCallInEveryState() throws {
    let book = try rulebook()
    for state in DMAREntry.allCases {
      for invalidation in DMARInvalidation.allCases {
        var add = world(book)
        (add[dmar: 0], add[dmarInvalidation: 0]) = (state, invalidation)
        var (accept, block, queue, process, remove) = (add, add, add, add, add)
        #expect(add.addDMA(0, book) == (state == .free ? .accepted : .refused(.dmarAddFree)))
        #expect(accept.acceptDMA(0, book) == (state == .pending || state == .present ? .accepted : .refused(.dmarAcceptPending)))
        let mayBlock = state == .pending || state == .present
        #expect(block.blockDMA(0, book) == (mayBlock ? .accepted : .refused(.dmarBlockPresent)))
        let isBlocked = state == .blocked || state == .pendingBlocked
        let mayQueue = isBlocked && invalidation == .pending
        #expect(queue.queueEntryInvalidation(0, book) == (mayQueue ? .accepted : .refused(.invalidateBlocked)))
        #expect(process.processInvalidations(book) == .accepted)
        #expect(process[dmarInvalidation: 0] == (invalidation == .queued ? .done : invalidation) && process[dmar: 0] == state)
        let answer: Outcome =
          !isBlocked ? .refused(.dmarRemoveBlocked) : invalidation != .done ? .refused(.dmarRemoveInvalidated) : .accepted
        #expect(remove.removeDMA(0, book) == answer)
        if add[dmar: 0] != state { #expect(add[dmar: 0] == .pending) }
        if accept[dmar: 0] != state { #expect(accept[dmar: 0] == .present) }
        if mayBlock { #expect(block[dmar: 0] == (state == .pending ? .pendingBlocked : .blocked) && block[dmarInvalidation: 0] == .pending) }
        if answer == .accepted { #expect(remove[dmar: 0] == .free && remove[dmarInvalidation: 0] == .pending) }
      }
    }
  }

  @Test func whatAcceptLooksAt() throws {
    for isLater in [false, true] {
      var parameters = Parameters()
      parameters.dmaMayBeAcceptedInRun = isLater
      let book = try rulebook(parameters: parameters)
      for recorded in RecordedState.allCases {
        for isValid in [false, true] {
          for (evidence, hasChecked) in [(Evidence.none, false), (.collected, false), (.checked, true)] {
            var world = world(book)
            (world[dmar: 0], world[recorded: 0], world[evidence: 0]) = (.pending, recorded, evidence)
            world.set(.isValid, 0, isValid)
            let isInTime = recorded == .locked || isLater && recorded == .run
            let expected: Outcome =
              !hasChecked
              ? .refused(.guestChecksBeforeAccept)
              : !isValid
                ? .refused(.dmarAcceptValid)
                : !isInTime ? .refused(.dmarAcceptLocked) : .accepted
            #expect(world.acceptDMA(0, book) == expected)
          }
        }
      }
    }
  }

  @Test func whoseInterface() throws {
    let book = try rulebook()
    for owner in BindingOwner.allCases {
      var add = world(book), block = add
      (add[bindingOwner: 0], block[bindingOwner: 0], block[dmar: 0]) = (owner, owner, .present)
      #expect(add.addDMA(0, book) == (owner == .vm || owner == .both ? .accepted : .refused(.dmarAddInterface)))
      #expect(block.blockDMA(0, book) == (owner != .none ? .accepted : .refused(.dmarBlockInterface)))
    }
  }

  /// Only PRESENT translates, and only to a mapped page; what the IOTLB holds is used until it is invalidated.
  @Test func translations() throws {
    let book = try rulebook()
    for state in DMAREntry.allCases {
      for entry in SecureEPTEntry.allCases where !entry.isMMIO {
        for isCached in [false, true] {
          var world = world(book)
          (world[dma: 0], world[dmar: 0], world[memoryEntry: 0]) = (.trusted, state, entry)
          world[.memoryIOTLB, 0] = isCached ? 1 : 0
          world.set(.contextIsCached, 0, isCached)
          let outcome = world.finishTrustedDMA(0, memory: 0, book)
          #expect(world[dma: 0] == .none)
          let isGone = state == .free || (entry != .mapped && entry != .blocked)
          if isCached {
            #expect(outcome == (isGone ? .violated(.staleTranslationUsed) : .accepted))
          } else {
            #expect(outcome == (state == .present && entry == .mapped ? .accepted : .failed(.iommuTrusted)))
          }
          #expect(world.flag(.holdsSecrets) == (outcome == .accepted))
        }
      }
    }
  }

  /// Both kinds of invalidation end what the IOTLB holds; neither does before it is processed.
  @Test func invalidations() throws {
    let book = try rulebook()
    var world = world(book)
    world[dmar: 0] = .blocked
    world[.memoryIOTLB, 0] = 1
    world.set(.contextIsCached, 0, true)
    world.set(.iotlbEpochIsOpen, 0, true)
    var other = world
    #expect(world.queueEntryInvalidation(0, book) == .accepted && world.isInIOTLB(0, 0))
    #expect(world.processInvalidations(book) == .accepted && !world.isInIOTLB(0, 0) && !world.flag(.contextIsCached))
    // An entry's invalidation ends no epoch.
    #expect(world.flag(.iotlbEpochIsOpen))
    #expect(other.queueIOTLBInvalidation(book) == .accepted && other.isInIOTLB(0, 0) && other.flag(.iotlbEpochIsOpen))
    #expect(other.queueIOTLBInvalidation(book) == .refused(.invalidateIdle))
    #expect(other.processInvalidations(book) == .accepted && !other.isInIOTLB(0, 0) && !other.flag(.iotlbEpochIsOpen))
    // The context is the entry's, and not of the translations under it.
    #expect(other.flag(.contextIsCached))
    #expect(other[dmarInvalidation: 0] == .pending)
    // Not due: answered, and nothing is queued.
    #expect(other.queueIOTLBInvalidation(book) == .accepted && !other.flag(.iotlbFlushIsQueued))
  }

  /// What is cached is cached for a unit of memory: another unit's translation is not stale because of it.
  @Test func cachedByUnit() throws {
    let book = try rulebook(bounds: Bounds(devices: 2, pages: 1, importers: 0, memory: 2))
    var world = world(book)
    for d in [UInt8(0), 1] { (world[dma: d], world[dmar: d], world[bindingOwner: d]) = (.trusted, .present, .vm) }
    (world[memoryEntry: 0], world[memoryEntry: 1]) = (.mapped, .free)
    #expect(world.finishTrustedDMA(0, memory: 0, book) == .accepted)
    #expect(world.isInIOTLB(0, 0) && !world.isInIOTLB(0, 1) && !world.isInIOTLB(1, 0) && world.isInIOTLB(0, book) && !world.isInIOTLB(1, book))
    world[dma: 0] = .trusted
    var elsewhere = world
    #expect(elsewhere.finishTrustedDMA(0, memory: 1, book) == .failed(.iommuTrusted))
    world[memoryEntry: 0] = .free
    #expect(world.finishTrustedDMA(0, memory: 0, book) == .violated(.staleTranslationUsed))
  }

  /// An entry is removed with its interface still there, and not while an epoch of the IOTLB is under way that it counts in.
  @Test func whatRemoveLooksAt() throws {
    let book = try rulebook()
    for state in [DMAREntry.blocked, .pendingBlocked] {
      for isOpen in [false, true] {
        for owner in [BindingOwner.none, .vm] {
          var world = world(book)
          (world[dmar: 0], world[dmarInvalidation: 0], world[bindingOwner: 0]) = (state, .done, owner)
          world.set(.iotlbEpochIsOpen, 0, isOpen)
          let expected: Outcome =
            isOpen && state == .blocked ? .refused(.dmarRemoveIOTLB) : owner == .none ? .refused(.dmarRemoveInterface) : .accepted
          #expect(world.removeDMA(0, book) == expected)
        }
      }
    }
  }
}
