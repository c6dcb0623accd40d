import Rules
import Testing

/// The TDISP conversation through the TSM, and the object that it is about. TDX Connect, device interfaces.
@Suite struct ConversationTests {
  private func world(_ book: Rulebook) -> TableWorld {
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    world.vmLife = .runnable
    world.vcpu = .insideCurrent
    world[session: 0] = .connected
    world[stream: 0] = .ready
    world[bindingOwner: 0] = .vm
    world.set(.memoryEnabled, 0, true)
    return world
  }

  private let hostRequests: [InterfaceRequest] = [.lock, .stop, .state]

  @Test func oneOutstandingRequest() throws {
    let book = try rulebook()
    #expect(InterfaceRequest.allCases.filter(\.belongsToGuest) == [.report, .start, .oldStart])
    for outstanding in InterfaceRequest.allCases {
      for kind in hostRequests {
        var world = world(book)
        world[request: 0] = outstanding
        #expect(world.request(kind, 0, book) == (outstanding == .none ? .accepted : .refused(.requestSlot)))
        if outstanding == .none { #expect(world[request: 0] == kind && world[answer: 0] == .none) }
      }
      var world = world(book)
      world[request: 0] = outstanding
      world[recorded: 0] = .locked
      world.set(.isValid, 0, true)
      // A message takes the slot, and not the TD's status.
      #expect(world.guestRequest(.report, 0, book) == .accepted)
    }
    // What the TD has asked for, and an answer that it has not collected, holds its own status, not the host's slot.
    for status in GuestRequestStatus.allCases {
      var world = world(book)
      (world[guestRequest: 0], world[recorded: 0]) = (status, .locked)
      world.set(.isValid, 0, true)
      #expect(world.guestRequest(.report, 0, book) == (status == .available ? .accepted : .refused(.guestRequestSlot)))
      #expect(world.request(.stop, 0, book) == .accepted)
    }
    #expect(Guard.requestSlot.isBusy && Guard.guestRequestSlot.isBusy)
  }

  /// TDH.DEVIF.REQUEST for the TD generates what the TD has asked for, once, and nothing else.
  @Test func theHostGeneratesWhatTheGuestAsked() throws {
    let book = try rulebook()
    for status in GuestRequestStatus.allCases {
      for recorded in RecordedState.allCases {
        for outstanding in [InterfaceRequest.none, .stop] {
          var world = world(book)
          (world[guestRequest: 0], world[recorded: 0], world[request: 0]) = (status, recorded, outstanding)
          let expected: Outcome =
            recorded == .error
            ? .refused(.requestErrorState)
            : outstanding != .none ? .refused(.requestSlot) : status.requested == .none ? .refused(.requestAskedByGuest) : .accepted
          #expect(world.requestForGuest(0, book) == expected)
          guard expected == .accepted else { continue }
          let generated: [GuestRequestStatus: InterfaceRequest] = [.reportRequested: .report, .startRequested: .start, .oldStartRequested: .oldStart]
          #expect(world[request: 0] == generated[status] && world[guestRequest: 0] == .generated)
        }
      }
    }
    var none = world(book)
    (none[bindingOwner: 0], none[guestRequest: 0]) = (.none, .reportRequested)
    #expect(none.requestForGuest(0, book) == .refused(.requestPresent))
    var lax = book
    lax.law = Law(dropping: [.requestAskedByGuest])
    var world = world(lax)
    #expect(world.requestForGuest(0, lax) == .violated(.booksContradict))
  }

  /// STOP and ERROR take the validity, and leave what the TD has asked for; only the object's end takes that.
  @Test func whatOutlivesStop() throws {
    let book = try rulebook()
    for status in GuestRequestStatus.allCases {
      var world = world(book)
      (world[guestRequest: 0], world[recorded: 0], world[request: 0], world[answer: 0]) = (status, .locked, .stop, .success)
      world.set(.isValid, 0, true)
      #expect(world.response(0, book) == .accepted)
      #expect(!world.flag(.isValid) && world[guestRequest: 0] == status)
      #expect(world.removeInterface(0, book) == .accepted && world[guestRequest: 0] == .available)
    }
  }

  /// In ERROR only GET_STATE and STOP of the VMM pass. LOCK is gated by nothing else of the record.
  @Test func whatTheRecordGates() throws {
    let book = try rulebook()
    for recorded in RecordedState.allCases {
      for kind in hostRequests {
        var world = world(book)
        world[recorded: 0] = recorded
        #expect(world.request(kind, 0, book) == (recorded == .error && kind == .lock ? .refused(.requestErrorState) : .accepted))
      }
      var world = world(book)
      world[recorded: 0] = recorded
      world.set(.isValid, 0, true)
      if recorded == .error { #expect(world.guestRequest(.report, 0, book) == .refused(.guestRequestErrorState)) }
      if recorded == .locked { #expect(world.guestRequest(.report, 0, book) == .accepted) }
    }
    var none = world(book)
    none[bindingOwner: 0] = .none
    #expect(none.request(.stop, 0, book) == .refused(.requestPresent))
  }

  /// The VMM's classes change the record in TDH.DEVIF.RESPONSE; the TD's only when the TD collects.
  @Test func classesOfResponses() throws {
    let book = try rulebook()
    for kind in InterfaceRequest.allCases.dropFirst() {
      for actual in InterfaceState.allCases {
        for isError in [false, true] {
          var world = world(book)
          (world[request: 0], world[interface: 0], world[recorded: 0], world[evidence: 0]) = (kind, actual, .locked, .checked)
          world.set(.isValid, 0, true)
          #expect(world.response(0, book) == .refused(.responseAnswered))
          world[answer: 0] = isError ? .errorResponse : kind == .state ? InterfaceAnswer(reporting: actual) : .success
          // What happens to the interface after its answer is not in the answer.
          if actual.isLocked { world[interface: 0] = .error }
          // An ERROR for the TD waits for the TD: the host's call has done its part.
          #expect(world.response(0, book) == (isError && !kind.belongsToGuest ? .failed(.responseIsSuccess) : .accepted))
          // Either way the slot is free again.
          #expect(world[request: 0] == .none && world[answer: 0] == .none)
          var expected = (record: RecordedState.locked, isValid: true, status: GuestRequestStatus.available)
          if isError {
            if kind.belongsToGuest { expected.status = .errorProcessed }
          } else {
            switch kind {
            case .stop: expected = (.unlocked, false, .available)
            case .state: expected = (RecordedState.allCases[Int(actual.code)], actual != .error, .available)
            case .report: expected.status = .reportProcessed
            case .start, .oldStart: expected.status = .startProcessed
            case .lock, .none: break
            }
          }
          let found = (record: world[recorded: 0], isValid: world.flag(.isValid), status: world[guestRequest: 0])
          #expect(found == expected, "\(kind), \(actual), error \(isError)")
          // What the guest believes is its own.
          #expect(world[evidence: 0] == .checked)
        }
      }
    }
  }

  @Test func collecting() throws {
    let book = try rulebook()
    for status in GuestRequestStatus.allCases {
      for evidence in [Evidence.none, .asked, .checked] {
        for isValid in [false, true] {
          var world = world(book)
          (world[guestRequest: 0], world[recorded: 0], world[evidence: 0]) = (status, .locked, evidence)
          world.set(.isValid, 0, isValid)
          let expected: Outcome =
            !isValid
            ? .refused(.collectValid)
            : !status.isProcessed ? .refused(.collectProcessed) : evidence == .none ? .refused(.guestAsksBeforeCollect) : .accepted
          #expect(world.collect(0, book) == expected)
          guard expected == .accepted else { continue }
          #expect(world[guestRequest: 0] == .available)
          #expect(world[recorded: 0] == (status == .startProcessed ? .run : .locked))
          switch status {
          case .reportProcessed: #expect(world[evidence: 0] == (evidence == .asked ? .collected : .stale))
          // It may be asked again.
          case .errorProcessed: #expect(world[evidence: 0] == (evidence == .asked ? .none : evidence))
          default: #expect(world[evidence: 0] == evidence)
          }
        }
      }
    }
  }

  /// A host that stops and locks again has the answer to a question of before: a guest that took it would trust another lock.
  @Test func anAnswerOfAnEarlierLock() throws {
    for isLax in [false, true] {
      var book = try rulebook()
      if isLax { book.law = Law(dropping: [.guestAsksBeforeCollect]) }
      var world = world(book)
      (world[guestRequest: 0], world[recorded: 0], world[evidence: 0]) = (.reportProcessed, .locked, .asked)
      (world[request: 0], world[answer: 0]) = (.stop, .success)
      #expect(world.response(0, book) == .accepted)
      world[request: 0] = .lock
      #expect(world.relay(0, book) == .accepted && world.response(0, book) == .accepted)
      #expect(world.validate(0, infoMatches: true, book) == .accepted && world[evidence: 0] == .none)
      #expect(world.guestRequest(.report, 0, book) == .refused(.guestRequestSlot))
      #expect(world.collect(0, book) == (isLax ? .accepted : .refused(.guestAsksBeforeCollect)))
      #expect(world[evidence: 0] == (isLax ? .stale : .none))
    }
  }

  @Test func validating() throws {
    let book = try rulebook()
    var world = world(book)
    world[recorded: 0] = .locked
    #expect(world.validate(0, infoMatches: false, book) == .refused(.validateInfo) && !world.flag(.isValid))
    #expect(world.validate(0, infoMatches: true, book) == .accepted && world.flag(.isValid))
    world[bindingOwner: 0] = .none
    #expect(world.validate(0, infoMatches: true, book) == .refused(.validatePresent))
    world.vcpu = .outside
    let outside = world.validate(0, infoMatches: true, book)
    #expect(outside.isRefused)
  }

  /// A module that does not compare lets the guest check another device's evidence: it believes, and is wrong.
  @Test func anotherDevice() throws {
    var book = try rulebook()
    book.law = Law(dropping: [.validateInfo])
    for matches in [false, true] {
      var world = world(book)
      world[recorded: 0] = .locked
      #expect(world.validate(0, infoMatches: matches, book) == .accepted && world.flag(.identityIsOther) == !matches)
      world[evidence: 0] = .collected
      #expect(world.checkEvidence(0, book) == .accepted && world[evidence: 0] == (matches ? .checked : .stale))
      world.withdraw(0)
      #expect(!world.flag(.identityIsOther))
    }
  }

  /// What the device answers, and that LOCK needs keys over this session and a function that is configured.
  @Test func relayedLocks() throws {
    let book = try rulebook()
    for mask in 0..<64 {
      var world = world(book)
      world[request: 0] = .lock
      world[dma: 0] = .shared
      if mask & 1 != 0 { world[session: 0] = .created }
      world.set(.streamIsInsecure, 0, mask & 2 != 0)
      world.set(.memoryEnabled, 0, mask & 4 == 0)
      if mask & 8 != 0 { world[power: 0] = .d3hot }
      world.set(.inReset, 0, mask & 16 != 0)
      if mask & 32 != 0 { world[stream: 0] = .created }
      #expect(world.relay(0, book) == .accepted)
      #expect(world[answer: 0] == (mask != 0 ? .errorResponse : .success))
      #expect(world[interface: 0] == (mask == 0 ? .configLocked : .configUnlocked))
      // LOCK drains what was under way.
      #expect(world[dma: 0] == (mask == 0 ? .none : .shared))
      let again = world.relay(0, book)
      #expect(again.isRefused)
    }
  }

  /// START is written down when the TD asks for it, with the nonce of that lock: the host cannot keep it for the next one.
  @Test func aStartThatIsKeptForAnotherLock() throws {
    let book = try rulebook()
    for isKept in [false, true] {
      var world = world(book)
      (world[interface: 0], world[recorded: 0], world[evidence: 0], world[dmar: 0]) = (.configLocked, .locked, .checked, .present)
      world.set(.nonceIsLive, 0, true)
      world.set(.isValid, 0, true)
      #expect(world.guestRequest(.start, 0, book) == .accepted && world[guestRequest: 0] == .startRequested)
      if isKept {
        world[request: 0] = .stop
        #expect(world.relay(0, book) == .accepted && world.response(0, book) == .accepted)
        world[request: 0] = .lock
        #expect(world.relay(0, book) == .accepted && world.response(0, book) == .accepted)
        #expect(world[guestRequest: 0] == .oldStartRequested && world[evidence: 0] == .stale)
      }
      #expect(world.requestForGuest(0, book) == .accepted && world.relay(0, book) == .accepted)
      #expect(world[answer: 0] == (isKept ? .errorResponse : .success) && world[interface: 0] == (isKept ? .configLocked : .run))
    }
  }

  @Test func startsWithoutEvidence() throws {
    let book = try rulebook()
    for evidence in Evidence.allCases {
      var world = world(book)
      (world[request: 0], world[interface: 0], world[evidence: 0]) = (.start, .configLocked, evidence)
      world.set(.isValid, 0, true)
      world.set(.nonceIsLive, 0, true)
      #expect(world.relay(0, book) == (evidence == .checked ? .accepted : .violated(.runWithoutEvidence)))
      #expect(world[interface: 0] == .run)
    }
  }

  // MARK: The object

  @Test func creating() throws {
    let book = try rulebook()
    for owner in BindingOwner.allCases {
      for life in VirtualMachineLife.allCases {
        for session in SPDMSession.allCases {
          for stream in IDEStream.allCases {
            var world = world(book)
            (world[bindingOwner: 0], world.vmLife, world[session: 0], world[stream: 0]) = (owner, life, session, stream)
            let expected: Outcome =
              life == .absent || life.isGone
              ? .refused(.devifCreateRunnable)
              : owner != .none
                ? .refused(.devifCreateAbsent)
                : session != .connected
                  ? .refused(.devifCreateSession)
                  : stream != .ready ? .refused(.devifCreateStream) : .accepted
            #expect(world.createInterface(0, for: .vm, book) == expected)
          }
        }
      }
    }
  }

  @Test func removing() throws {
    let book = try rulebook()
    for owner in BindingOwner.allCases {
      for recorded in RecordedState.allCases {
        for dmar in DMAREntry.allCases {
          for metadata in MMIOMetadata.allCases {
            for end in VirtualMachineEnd.allCases {
              var world = world(book)
              (world[bindingOwner: 0], world[recorded: 0], world[dmar: 0]) = (owner, recorded, dmar)
              (world[metadata: 0, 0], world.vmEnd) = (metadata, end)
              // A TD that is fatal may leave its MMIO behind; one that KVM gave up may not.
              let mayLeave = metadata != .mapped || end == .machineCheck
              let expected: Outcome =
                owner == .none
                ? .refused(.removePresent)
                : recorded != .unlocked
                  ? .refused(.removeStopped)
                  : dmar == .present || dmar == .blocked ? .refused(.removeNoDMA) : !mayLeave ? .refused(.removeNoMMIO) : .accepted
              #expect(world.removeInterface(0, book) == expected)
              if expected == .accepted { #expect(world[bindingOwner: 0] == .none && world[request: 0] == .none) }
            }
          }
        }
      }
    }
  }
}
