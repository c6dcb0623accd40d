import Rules
import Testing

/// The calls that move secure EPT entries, each in every state. platforms.md section 2; tdx.md sections 4 and 6.
@Suite struct SecureEPTTests {
  /// A world in which nothing but the entry's own state decides.
  private func world(_ book: Rulebook) -> TableWorld {
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    world.vmLife = .runnable
    world.vcpu = .insideCurrent
    world[session: 0] = .connected
    world[stream: 0] = .ready
    world[bindingOwner: 0] = .vm
    world[evidence: 0] = .checked
    world[metadata: 0, 0] = .data
    // Blocked long ago: tracked by every CPU and every IOMMU.
    world[stamp: 0, 0] = .older
    world[memoryStamp: 0] = .older
    return world
  }

  private struct Row {
    var step: String
    /// Where the call leads from the states in which it is legal.
    var leads: [SecureEPTEntry: SecureEPTEntry]
    /// What it is refused with elsewhere.
    var refusal: Guard
    var isMMIO: Bool
    var life = VirtualMachineLife.runnable
    var call: (inout TableWorld, Rulebook) -> Outcome
  }

  private let rows: [Row] = [
    Row(step: "PAGE.ADD", leads: [.free: .mapped], refusal: .memoryAddFree, isMMIO: false, life: .building) { $0.addMemory(0, $1) },
    Row(step: "PAGE.AUG", leads: [.free: .pending, .removed: .pending], refusal: .memoryAugFree, isMMIO: false) { $0.augmentMemory(0, $1) },
    Row(step: "PAGE.ACCEPT", leads: [.pending: .mapped], refusal: .memoryAcceptPending, isMMIO: false) { $0.acceptMemory(0, $1) },
    Row(step: "RANGE.BLOCK", leads: [.mapped: .blocked, .pending: .pendingBlocked], refusal: .memoryBlockMapped, isMMIO: false) { $0.blockMemory(0, $1) },
    Row(step: "PAGE.REMOVE", leads: [.blocked: .free, .pendingBlocked: .free], refusal: .memoryRemoveBlocked, isMMIO: false) { $0.removeMemory(0, $1) },
    Row(step: "MMIO.MAP", leads: [.free: .mmioPending], refusal: .mmioMapFree, isMMIO: true) { $0.mapMMIO(0, 0, frame: 0, $1) },
    Row(step: "MMIO.ACCEPT", leads: [.mmioPending: .mmioMapped], refusal: .mmioAcceptPending, isMMIO: true) { $0.acceptMMIO(0, 0, $1) },
    Row(step: "MMIO.BLOCK", leads: [.mmioPending: .mmioBlocked, .mmioMapped: .mmioBlocked], refusal: .mmioBlockMapped, isMMIO: true) {
      $0.blockMMIO(0, 0, $1)
    },
    Row(step: "MMIO.UNMAP", leads: [.mmioBlocked: .free], refusal: .mmioUnmapBlocked, isMMIO: true) { $0.unmapMMIO(0, 0, $1) },
  ]

  @Test func everyCallInEveryState() throws {
    let book = try rulebook()
    for row in rows {
      for state in SecureEPTEntry.allCases {
        var world = world(book)
        world.vmLife = row.life
        if row.isMMIO { world[entry: 0, 0] = state } else { world[memoryEntry: 0] = state }
        // Of an entry that is in use its page is declared and mapped.
        if row.isMMIO, state.isMMIO { world[metadata: 0, 0] = .mapped }
        _ = world.takeJournal()
        let outcome = row.call(&world, book)
        let after = row.isMMIO ? world[entry: 0, 0] : world[memoryEntry: 0]
        if let next = row.leads[state] {
          #expect(outcome == .accepted && after == next, "\(row.step) from \(state): \(outcome), \(after)")
        } else {
          // ACCEPT answers PAGE_ALREADY_ACCEPTED for every accessible leaf, before it looks at the address.
          let refusal = row.step == "MMIO.ACCEPT" && state.isAccessible ? Guard.mmioAcceptNew : row.refusal
          #expect(outcome == .refused(refusal), "\(row.step) from \(state): \(outcome)")
          #expect(world.journal.isEmpty, "\(row.step) from \(state)")
        }
      }
    }
  }

  /// Private memory: added only while the TD is built, augmented only when it runs, tracked only then.
  @Test func theLifeOfTheVMDecides() throws {
    let book = try rulebook()
    for life in VirtualMachineLife.allCases {
      var add = world(book), aug = add, map = add, remove = add
      (add.vmLife, aug.vmLife, map.vmLife, remove.vmLife) = (life, life, life, life)
      #expect(add.addMemory(0, book) == (life == .building ? .accepted : .refused(.memoryAddBuilding)))
      #expect(aug.augmentMemory(0, book) == (life == .runnable ? .accepted : .refused(.memoryAugAlive)))
      #expect(map.mapMMIO(0, 0, frame: 0, book) == (life == .runnable ? .accepted : .refused(.mmioMapAlive)))
      remove[memoryEntry: 0] = .blocked
      remove[memoryStamp: 0] = .current
      #expect(remove.removeMemory(0, book) == (life == .building ? .accepted : .refused(.memoryRemoveTLB)))
    }
  }

  /// MMIO.MAP: the owner, the stream, the metadata; never the TDISP state.
  @Test func whatMapLooksAt() throws {
    let book = try rulebook(bounds: Bounds(devices: 1, pages: 2, importers: 0, memory: 1))
    for owner in BindingOwner.allCases {
      for stream in IDEStream.allCases {
        for metadata in MMIOMetadata.allCases {
          for (recorded, actual) in zip(RecordedState.allCases, InterfaceState.allCases) {
            var world = world(book)
            (world[bindingOwner: 0], world[stream: 0], world[metadata: 0, 1]) = (owner, stream, metadata)
            (world[recorded: 0], world[interface: 0]) = (recorded, actual)
            let expected: Outcome =
              owner == .none || owner == .foreign ? .refused(.mmioMapOwner) : stream == .blocked ? .refused(.mmioMapStream)
              : metadata != .data ? .refused(.mmioMapMetadata) : .accepted
            #expect(world.mapMMIO(0, 0, frame: 1, book) == expected)
            if expected == .accepted { #expect(world[frame: 0, 0] == 1 && world[metadata: 0, 1] == .mapped) }
          }
        }
      }
    }
  }

  /// MMIO.UNMAP and DEVIF.REMOVE look at the *record*, or at a blocked stream: the device is never asked.
  @Test func stoppedMeansRecordedAsStopped() throws {
    let book = try rulebook()
    for recorded in RecordedState.allCases {
      for stream in IDEStream.allCases {
        for actual in InterfaceState.allCases {
          var world = world(book)
          (world[recorded: 0], world[stream: 0], world[interface: 0]) = (recorded, stream, actual)
          world[entry: 0, 0] = .mmioBlocked
          world[metadata: 0, 0] = .mapped
          let isStopped = recorded == .unlocked || stream == .blocked
          #expect(world.unmapMMIO(0, 0, book) == (isStopped ? .accepted : .refused(.mmioUnmapStopped)))
          world[metadata: 0, 0] = .absent
          #expect(world.removeInterface(0, book) == (isStopped ? .accepted : .refused(.removeStopped)))
        }
      }
    }
  }

  @Test func whatUnmapGivesBack() throws {
    let book = try rulebook(bounds: Bounds(devices: 1, pages: 2, importers: 0, memory: 1))
    var world = world(book)
    world[metadata: 0, 1] = .data
    #expect(world.mapMMIO(0, 0, frame: 1, book) == .accepted)
    // The guest expected page 0 there: the answer to remapping.
    #expect(world.acceptMMIO(0, 0, book) == .refused(.mmioAcceptHPA))
    #expect(world.mapMMIO(0, 1, frame: 1, book) == .refused(.mmioMapMetadata))
    #expect(world.removeMetadata(0, 1, book) == .refused(.metadataRemoveUnmapped))
    #expect(world.blockMMIO(0, 0, book) == .accepted && world[stamp: 0, 0] == .current)
    #expect(world.unmapMMIO(0, 0, book) == .refused(.mmioUnmapTLB))
    world[stamp: 0, 0] = .older
    #expect(world.unmapMMIO(0, 0, book) == .accepted)
    #expect(world[frame: 0, 0] == 0 && world[metadata: 0, 1] == .data && world[metadata: 0, 0] == .data)
    #expect(world.mapMMIO(0, 1, frame: 1, book) == .accepted && world.acceptMMIO(0, 1, book) == .accepted)
  }

  @Test func metadata() throws {
    let book = try rulebook()
    for state in MMIOMetadata.allCases {
      for owner in BindingOwner.allCases {
        var set = world(book), remove = set
        (set[bindingOwner: 0], remove[bindingOwner: 0]) = (owner, owner)
        (set[metadata: 0, 0], remove[metadata: 0, 0]) = (state, state)
        #expect(set.setMetadata(0, 0, book) == (owner == .none ? .refused(.metadataInterface) : state == .absent ? .accepted : .refused(.metadataEmpty)))
        #expect(remove.removeMetadata(0, 0, book) == (state == .data ? .accepted : .refused(.metadataRemoveUnmapped)))
      }
    }
  }

  /// The guest accepts only what it has checked, and only while it runs.
  @Test func whatAcceptLooksAt() throws {
    let book = try rulebook()
    for (evidence, hasChecked) in [(Evidence.none, false), (.collected, false), (.checked, true)] {
      for vcpu in VirtualCPU.allCases {
        var world = world(book)
        (world[evidence: 0], world.vcpu, world[entry: 0, 0]) = (evidence, vcpu, .mmioPending)
        let outcome = world.acceptMMIO(0, 0, book)
        if vcpu.isInside {
          #expect(outcome == (hasChecked ? .accepted : .refused(.guestChecksBeforeAccept)))
        } else {
          #expect(outcome.isRefused)
        }
      }
    }
  }
}
