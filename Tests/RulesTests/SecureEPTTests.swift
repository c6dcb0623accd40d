import Rules
import Testing

/// The calls that move secure EPT entries, each in every state. TDX Connect; TDX Connect, MMIO; TDX module, TLB tracking.
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
    var name: String
    /// Where the call leads from the states in which it is legal.
    var leads: [SecureEPTEntry: SecureEPTEntry]
    /// What it is refused with elsewhere.
    var refusal: Guard
    var life: VirtualMachineLife
    var call: (inout TableWorld, Rulebook) -> Outcome
    init(
      _ name: String, _ leads: [SecureEPTEntry: SecureEPTEntry], else refusal: Guard, life: VirtualMachineLife = .runnable,
      _ call: @escaping (inout TableWorld, Rulebook) -> Outcome
    ) {
      (self.name, self.leads, self.refusal, self.life, self.call) = (name, leads, refusal, life, call)
    }
    var isMMIO: Bool { name.hasPrefix("MMIO") }
  }

  private let rows: [Row] = [
    Row("PAGE.ADD", [.free: .mapped], else: .memoryAddFree, life: .building) { $0.addMemory(0, $1) },
    Row("PAGE.AUG", [.free: .pending, .removed: .pending], else: .memoryAugFree) { $0.augmentMemory(0, $1) },
    Row("PAGE.ACCEPT", [.pending: .mapped], else: .memoryAcceptPending) { $0.acceptMemory(0, $1) },
    Row("RANGE.BLOCK", [.mapped: .blocked, .pending: .pendingBlocked], else: .memoryBlockMapped) { $0.blockMemory(0, $1) },
    Row("PAGE.REMOVE", [.blocked: .free, .pendingBlocked: .free], else: .memoryRemoveBlocked) { $0.removeMemory(0, $1) },
    Row("MMIO.MAP", [.free: .mmioPending], else: .mmioMapFree) { $0.mapMMIO(0, 0, frame: 0, $1) },
    Row("MMIO.ACCEPT", [.mmioPending: .mmioMapped], else: .mmioAcceptPending) { $0.acceptMMIO(0, 0, $1) },
    Row("MMIO.BLOCK", [.mmioPending: .mmioBlocked, .mmioMapped: .mmioBlocked], else: .mmioBlockMapped) { $0.blockMMIO(0, 0, $1) },
    Row("MMIO.UNMAP", [.mmioBlocked: .free], else: .mmioUnmapBlocked) { $0.unmapMMIO(0, 0, $1) },
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
          #expect(outcome == .accepted && after == next, "\(row.name) from \(state): \(outcome), \(after)")
        } else {
          // ACCEPT answers PAGE_ALREADY_ACCEPTED for every accessible leaf, before it looks at the address.
          let refusal = row.name == "MMIO.ACCEPT" && state.isAccessible ? Guard.mmioAcceptNew : row.refusal
          #expect(outcome == .refused(refusal), "\(row.name) from \(state): \(outcome)")
          #expect(world.journal.isEmpty, "\(row.name) from \(state)")
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
      // INITIALIZED or RUNNABLE: that KVM or its owner gave the VM up the module does not know.
      let isOperable = life == .building || life == .runnable || life == .dead
      #expect(map.mapMMIO(0, 0, frame: 0, book) == (isOperable ? .accepted : .refused(.mmioMapAlive)))
      remove[memoryEntry: 0] = .blocked
      remove[memoryStamp: 0] = .current
      #expect(remove.removeMemory(0, book) == (life == .building ? .accepted : .refused(.memoryRemoveTLB)))
    }
  }

  /// On a TD that the module found fatal every MMIO call fails, whatever the entry's state.
  @Test func aFatalTD() throws {
    let book = try rulebook()
    let calls: [(Guard, SecureEPTEntry, (inout TableWorld, Rulebook) -> Outcome)] = [
      (.mmioMapAlive, .free, { $0.mapMMIO(0, 0, frame: 0, $1) }),
      (.mmioBlockAlive, .mmioMapped, { $0.blockMMIO(0, 0, $1) }),
      (.mmioUnmapAlive, .mmioBlocked, { $0.unmapMMIO(0, 0, $1) }),
    ]
    for (law, entry, call) in calls {
      for end in VirtualMachineEnd.allCases {
        var world = world(book)
        (world.vmLife, world.vmEnd, world[entry: 0, 0]) = (.dead, end, entry)
        #expect(call(&world, book) == (end == .machineCheck ? .refused(law) : .accepted))
      }
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
              owner == .none || owner == .foreign
              ? .refused(.mmioMapOwner)
              : stream == .blocked
                ? .refused(.mmioMapStream)
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
        let expected: Outcome =
          owner == .none ? .refused(.metadataInterface) : state == .absent ? .accepted : .refused(.metadataEmpty)
        #expect(set.setMetadata(0, 0, book) == expected)
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
