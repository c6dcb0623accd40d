import Models
import Procedures
import Rules
import Testing

/// Whole lives of a device with a guest, and how far each procedure that ends them has to go.
@Suite struct LifecycleTests {
  @Test(arguments: someWorlds) func theHappyPath(bounds: Bounds) throws {
    let book = try rulebook(bounds: bounds)
    var world = TableWorld(bounds: bounds)
    try setUp(&world, book)
    for d in 0..<bounds.devices { try bringUp(&world, to: .running, device: d, book) }
    for d in 0..<bounds.devices {
      #expect(world[interface: d] == .run && world[recorded: d] == .run)
      #expect(world[dmar: d] == .present && world[evidence: d] == .checked)
      for p in 0..<bounds.pages {
        #expect(world[entry: d, p] == .mmioMapped && world[mirror: d, p] && world[metadata: d, p] == .mapped)
      }
      #expect(world.perform(.call(.busMasterOn, device: d, page: 0), book) == .accepted)
      #expect(world.perform(.startDMA(device: d, trusted: true), book) == .accepted)
      #expect(world.perform(.finishTrustedDMA(device: d, unit: 0), book) == .accepted && world.flag(.holdsSecrets, d))
      #expect(world.perform(.beginAccess(device: d, page: 0, secure: true), book) == .accepted)
      #expect(world.perform(.endAccess, book) == .accepted)
      #expect(world.perform(.hostTouchesPage(device: d, page: 0), book) == .refused(.tlpT0Unlocked))
      #expect(world.perform(.foreignBind(device: d), book) == .refused(.devifCreateAbsent))
    }
    #expect(world.brokenProperty(book) == nil)
  }

  /// Alone and undisturbed, in every state of progress: a variant that should hold ends what it began and breaks nothing.
  @Test(arguments: ["unbind-first", "vmm-sequences"]) func endsOfEveryState(variant: String) throws {
    let bounds = Bounds(devices: 1, pages: 2, importers: 0, memory: 1), book = try rulebook(bounds: bounds, variant: variant)
    for progress in Progress.allCases {
      for procedure in [Procedure.unbind, .reset, .memoryOff, .close, .powerDown] {
        var world = TableWorld(bounds: bounds)
        try setUp(&world, book)
        try bringUp(&world, to: progress, book)
        if procedure == .unbind, progress < .bound { continue }
        guard world.perform(.request(procedure, device: 0, page: 0), book) == .accepted else {
          Issue.record("\(variant), \(progress): \(procedure) is refused")
          continue
        }
        let outcome = walk(&world, book)
        #expect(outcome == nil, "\(variant), \(progress), \(procedure)")
        #expect(world.brokenProperty(book) == nil, "\(variant), \(progress), \(procedure)")
        #expect(world.vmLife == .runnable)
        if procedure == .unbind || procedure == .close {
          #expect(world[bindingOwner: 0] == .none && world[dmar: 0] == .free && world[interface: 0] == .configUnlocked)
          #expect((0..<2).allSatisfy { world[entry: 0, $0] == .free && world[metadata: 0, $0] == .absent && !world[mirror: 0, $0] })
        }
      }
    }
  }

  /// After unbind the guest and the device can begin again; evidence of the last lock does not carry over.
  @Test func twoLives() throws {
    let book = try rulebook()
    var world = TableWorld(bounds: book.bounds)
    try setUp(&world, book)
    for life in 0..<2 {
      // Unbind has made the vCPU leave.
      if life > 0 { #expect(world.perform(.enterVCPU, book) == .accepted) }
      try bringUp(&world, to: .running, book)
      let unbound = world.complete(.unbind, 0, book)
      #expect(unbound != nil && world[evidence: 0] == .checked && !world.flag(.isValid) && !world.flag(.holdsSecrets))
    }
    let closed = world.complete(.close, 0, book)
    #expect(closed != nil && world.perform(.crashVMM, book) == .accepted)
    let ended = world.complete(.teardown, 0, book)
    #expect(ended != nil && world.vmLife == .released && world[memoryEntry: 0] == .free)
  }

  /// A crash at any point of progress: the kernel closes, and then the TD is destroyed.
  @Test(arguments: Progress.allCases) func crashes(progress: Progress) throws {
    let book = try rulebook(bounds: Bounds(devices: 1, pages: 2, importers: 0, memory: 1))
    var world = TableWorld(bounds: book.bounds)
    try setUp(&world, book)
    try bringUp(&world, to: progress, book)
    #expect(world.perform(.crashVMM, book) == .accepted)
    for procedure in [Procedure.vmmCrash, .teardown] {
      #expect(world.perform(.request(procedure, device: 0, page: 0), book) == .accepted)
      let outcome = walk(&world, book)
      #expect(outcome == nil && world.brokenProperty(book) == nil, "\(progress), \(procedure)")
    }
    #expect(world.vmLife == .released)
  }

  /// Walks task 0 to its end; returns what it broke, or waits for in vain.
  private func walk(_ world: inout TableWorld, _ book: Rulebook) -> Outcome? {
    for _ in 0..<1000 where !world.isIdle(0) {
      switch world.perform(.advance(task: 0), book) {
      case .accepted, .failed: break
      case let other: return other
      }
    }
    return world.isIdle(0) ? nil : .refused(.notNow)
  }
}
