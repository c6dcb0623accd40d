import Rules
import Testing

/// SPDM session, IDE stream and the end of a TD: each call in each state. TDX module, TD life cycle; TDX Connect, SPDM and IDE.
@Suite struct SessionTests {
  @Test func sessions() throws {
    let book = try rulebook()
    for session in SPDMSession.allCases {
      for stream in IDEStream.allCases {
        var create = TableWorld(bounds: book.bounds)
        (create[session: 0], create[stream: 0]) = (session, stream)
        var (connect, disconnect, delete) = (create, create, create)
        #expect(create.createSession(0, book) == (session == .none ? .accepted : .refused(.spdmCreateAbsent)))
        let mayConnect = session == .created, mayEnd = stream == .absent, isLive = session == .connected || session == .ending
        #expect(connect.connectSession(0, book) == (mayConnect ? .accepted : .refused(.spdmConnectCreated)))
        #expect(connect[exchange: 0] == (mayConnect ? .handshake : .none) && connect[session: 0] == session)
        #expect(disconnect.disconnectSession(0, book) == (mayEnd ? .accepted : .refused(.spdmDisconnectUnused)))
        #expect(disconnect[session: 0] == (mayEnd && isLive ? .ending : session))
        #expect(disconnect[exchange: 0] == (mayEnd && isLive ? .end : .none))
        #expect(delete.deleteSession(0, book) == (isLive ? .refused(.spdmDeleteDisconnected) : .accepted))
        #expect(delete[session: 0] == (isLive ? session : .none))
      }
    }
  }

  /// Each call that needs the device: posed, not taken before the device has answered, taken once. TDX Connect, SPDM and IDE:
  /// TDX_SPDM_REQUEST, and one request at a time.
  @Test func exchanges() throws {
    typealias Call = (inout TableWorld) -> Outcome
    let book = try rulebook()
    var fresh = TableWorld(bounds: book.bounds)
    fresh[session: 0] = .created
    let calls: [(kind: SPDMExchange, step: Step, isDone: (TableWorld) -> Bool)] = [
      (.handshake, .spdmConnect, { $0[session: 0] == .connected }), (.key, .streamProgramKey, { $0[streamKeys: 0] == 4 }),
      (.go, .streamSetGo, { $0[stream: 0] == .rxOnly }), (.end, .spdmDisconnect, { $0[session: 0] == .created }),
    ]
    for (kind, step, isDone) in calls {
      let action = Action.call(step, device: 0, page: 0), call: Call = { $0.perform(action, book) }
      var world = fresh
      if kind == .key || kind == .go { (world[session: 0], world[stream: 0], world[streamKeys: 0]) = (.connected, .created, 3) }
      if kind == .end { world[session: 0] = .connected }
      #expect(!world.holds(.exchangeOutstanding, 0, 0, book) && world.relayExchange(0, book) == .refused(.notNow))
      #expect(call(&world) == .accepted && world[exchange: 0] == kind && !isDone(world))
      #expect(world.status(after: action, nil) == "TDX_SPDM_REQUEST" && world.status(after: .advance(task: 0), nil) == nil)
      #expect(world.holds(.exchangeOutstanding, 0, 0, book))
      #expect(call(&world) == .refused(.exchangeAnswered))
      #expect(world.relayExchange(0, book) == .accepted && world.relayExchange(0, book) == .refused(.notNow) && !isDone(world))
      #expect(call(&world) == .accepted && isDone(world) && world[exchange: 0] == .none && !world.flag(.exchangeIsAnswered))
      #expect(world.status(after: action, nil) == nil)
    }
    // A key is out: no direction can be started until its answer is taken; whoever blocks the stream waits for nobody.
    var world = fresh
    (world[session: 0], world[stream: 0], world[streamKeys: 0]) = (.connected, .created, 3)
    #expect(world.programKey(0, book) == .accepted && world.setStreamGo(0, book) == .refused(.exchangeSlot))
    var blocked = world
    #expect(blocked.blockStream(0, book) == .accepted && blocked[exchange: 0] == .none)
    // A handshake that nobody wants any more goes with DISCONNECT, and with its object.
    #expect(fresh.connectSession(0, book) == .accepted)
    var (given, deleted) = (fresh, fresh)
    #expect(given.disconnectSession(0, book) == .accepted && given[exchange: 0] == .none && given[session: 0] == .created)
    #expect(deleted.deleteSession(0, book) == .accepted && deleted[exchange: 0] == .none)
  }

  @Test func streams() throws {
    let book = try rulebook()
    for session in SPDMSession.allCases {
      for stream in IDEStream.allCases {
        for owner in BindingOwner.allCases {
          var create = TableWorld(bounds: book.bounds)
          (create[session: 0], create[stream: 0], create[bindingOwner: 0], create[interface: 0]) = (session, stream, owner, .run)
          create.set(.streamIsInsecure, 0, true)
          create[streamKeys: 0] = 4
          var (block, delete) = (create, create)
          let mayCreate: Outcome =
            session != .connected ? .refused(.streamCreateSession) : stream != .absent ? .refused(.streamCreateAbsent) : .accepted
          #expect(create.createStream(0, book) == mayCreate && create.flag(.streamIsInsecure) == (mayCreate != .accepted))
          #expect(create[streamKeys: 0] == (mayCreate == .accepted ? 0 : 4))
          // Blocking is allowed with a live interface, which is then in ERROR.
          let mayBlock = stream == .ready || stream == .created || stream == .rxOnly
          #expect(block.blockStream(0, book) == (mayBlock ? .accepted : .refused(.streamBlockReady)))
          #expect(block[interface: 0] == (mayBlock ? .error : .run))
          let mayDelete: Outcome =
            stream != .blocked ? .refused(.streamDeleteBlocked) : owner != .none ? .refused(.streamDeleteUnused) : .accepted
          #expect(delete.deleteStream(0, book) == mayDelete)
          #expect(delete[streamKeys: 0] == (mayDelete == .accepted ? 0 : 4))
        }
      }
    }
  }

  /// Three sub-streams in two directions: KEY_PROG while a key is missing, K_SET_GO for a direction with its three. PCIe 6.0 section 6.33.3.
  @Test func keys() throws {
    let book = try rulebook()
    for stream in IDEStream.allCases {
      for count in UInt8(0)...6 {
        var program = TableWorld(bounds: book.bounds)
        (program[session: 0], program[stream: 0], program[streamKeys: 0]) = (.connected, stream, count)
        var go = program
        let isStarting = stream == .created || stream == .rxOnly, mayProgram = isStarting && count < 6
        let goal: IDEStream? = stream == .created && count >= 3 ? .rxOnly : stream == .rxOnly && count == 6 ? .ready : nil
        #expect(program.holds(.streamKeysMissing, 0, 0, book) == mayProgram && program.holds(.streamStarting, 0, 0, book) == isStarting)
        #expect(program.programKey(0, book) == (mayProgram ? .accepted : .refused(.streamKeysCreated)))
        #expect(program[streamKeys: 0] == count)
        if mayProgram { #expect(program.relayExchange(0, book) == .accepted && program.programKey(0, book) == .accepted) }
        #expect(program[streamKeys: 0] == (mayProgram ? count + 1 : count) && program[stream: 0] == stream)
        #expect(go.setStreamGo(0, book) == (goal == nil ? .refused(.streamSetGoKeys) : .accepted))
        #expect(go[stream: 0] == stream)
        if goal != nil { #expect(go.relayExchange(0, book) == .accepted && go.setStreamGo(0, book) == .accepted) }
        #expect(go[stream: 0] == goal ?? stream && go[streamKeys: 0] == count)
      }
    }
  }

  /// VPFLUSHDONE is the device gate: no vCPU, no interface, no DMA entry and no invalidation under way.
  @Test func theDeviceGate() throws {
    let book = try rulebook(bounds: Bounds(devices: 2, pages: 1, importers: 0, memory: 1))
    for vcpu in VirtualCPU.allCases {
      for owner in BindingOwner.allCases {
        for dmar in DMAREntry.allCases {
          for isQueued in [false, true] {
            for end in VirtualMachineEnd.allCases {
              var world = TableWorld(bounds: book.bounds)
              (world.vmLife, world.vmEnd, world.vcpu) = (.dead, end, vcpu)
              // The second device counts as much as the first.
              (world[bindingOwner: 1], world[dmar: 1]) = (owner, dmar)
              world.set(.iotlbFlushIsQueued, 0, isQueued)
              let expected: Outcome =
                vcpu.isInside
                ? .refused(.flushDoneNoVCPU)
                : owner != .none
                  ? .refused(.flushDoneNoDevice)
                  : dmar == .present || dmar == .blocked || isQueued ? .refused(.flushDoneNoDMA) : .accepted
              #expect(world.flushDone(book) == expected)
              if expected == .accepted { #expect(world.vmLife == .blocked && world.vmEnd == (end == .none ? .owner : end)) }
            }
          }
        }
      }
    }
  }

  /// BLOCKED, caches written back, key freed, pages reclaimed, the root last. TDX module, TD life cycle.
  @Test func theEndInOrder() throws {
    let book = try rulebook()
    for life in VirtualMachineLife.allCases {
      var back = TableWorld(bounds: book.bounds)
      back.vmLife = life
      back[memoryEntry: 0] = .mapped
      back.set(.memoryIsPoisoned, 0, true)
      var (key, page, root) = (back, back, back)
      func past(_ last: VirtualMachineLife) -> Bool { life.code > last.code }
      #expect(
        back.writeBackCaches(book)
          == (life == .blocked ? .accepted : past(.blocked) ? .refused(.notNow) : .refused(.writeBackBlocked)))
      #expect(
        key.freeKey(book) == (life == .writtenBack ? .accepted : past(.writtenBack) ? .refused(.notNow) : .refused(.keyFreeFlushed)))
      #expect(page.reclaimMemory(0, book) == (life == .tornDown ? .accepted : .refused(.reclaimTornDown)))
      var gone = back
      gone[memoryEntry: 0] = .free
      #expect(gone.reclaimMemory(0, book) == .refused(.reclaimOwned))
      #expect((page[memoryEntry: 0] == .free && !page.flag(.memoryIsPoisoned)) == (life == .tornDown))
      #expect(root.reclaimRoot(book) == (life == .tornDown ? .refused(.reclaimRootLast) : .refused(.notNow)))
      root[memoryEntry: 0] = .free
      #expect(root.reclaimRoot(book) == (life == .tornDown ? .accepted : .refused(.notNow)))
    }
  }

  /// Who ended a VM is remembered from the first time on.
  @Test func ends() throws {
    for life in VirtualMachineLife.allCases {
      var world = TableWorld(bounds: smallWorld)
      (world.vmLife, world.vcpu, world.accessKind) = (life, .insideCurrent, .shared)
      world.endVM(by: .machineCheck, Rulebook(bounds: smallWorld))
      world.endVM(by: .owner, Rulebook(bounds: smallWorld))
      let wasAlive = life == .runnable || life == .building
      #expect(world.vmLife == (wasAlive ? .dead : life) && world.vmEnd == (wasAlive ? .machineCheck : .none))
      #expect(world.accessKind == (wasAlive ? .none : .shared))
    }
  }

  /// A host write takes the owner bit; the TD that reads the line is fatal; one that writes it first is not.
  @Test func poison() throws {
    let book = try rulebook()
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    (world.vmLife, world.vcpu, world[memoryEntry: 0]) = (.runnable, .insideCurrent, .mapped)
    #expect(world.hostReadsMemory(0, book) == .refused(.encryptionKey))
    #expect(world.peerTouchesMemory(0, book) == .refused(.iommuPrivateNeedsT))
    #expect(world.hostWritesMemory(0) == .accepted && world.flag(.memoryIsPoisoned))
    var careful = world
    #expect(careful.guestWritesMemory(0, book) == .accepted && careful.guestReadsMemory(0, book) == .accepted)
    #expect(careful.vmLife == .runnable)
    #expect(world.guestReadsMemory(0, book) == .accepted)
    #expect(world.vmLife == .dead && world.vmEnd == .machineCheck)
    #expect(world.enter(book) == .refused(.enterRunnable))
  }
}
