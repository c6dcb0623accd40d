import Rules
import Testing

/// How far a guest has come with its device.
enum Progress: Int, CaseIterable, Comparable {
  case setUp, bound, reported, attested, accepted, running
  static func < (a: Progress, b: Progress) -> Bool { a.rawValue < b.rawValue }
}

/// The way that everybody hopes for, action by action: bind, report, check, accept, start.
func bringUp(_ world: inout some Stage, to goal: Progress, device d: UInt8 = 0, _ book: Rulebook) throws {
  func act(_ action: Action) { #expect(world.perform(action, book) == .accepted, "\(action)") }
  func complete(_ procedure: Procedure, page: UInt8 = 0) throws {
    let done = world.complete(procedure, d, page: page, book)
    _ = try #require(done, "\(procedure) does not end")
  }
  if goal >= .bound { try complete(.bind) }
  if goal >= .reported {
    act(.validate(device: d))
    act(.askReport(device: d))
    try complete(.relay)
  }
  if goal >= .attested {
    act(.collect(device: d))
    act(.checkEvidence(device: d))
  }
  if goal >= .accepted {
    for p in 0..<book.bounds.pages where book.parameters.isTEE(p) {
      try complete(.faultPrivate, page: p)
      act(.acceptMMIO(device: d, page: p))
    }
    try complete(.accept)
    act(.acceptDMA(device: d))
  }
  if goal >= .running {
    act(.askStart(device: d))
    try complete(.relay)
    act(.collect(device: d))
  }
}
