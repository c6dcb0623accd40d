import Machine
import Memory
import Models
import Primitives
import Procedures
import Rules
import TEE
import Testing

/// Counterexamples before the judge.
enum JudgedCounterexample {
  /// How it showed.
  enum Showing: String {
    /// What the property claims was seen, at the event that breaks it.
    case asClaimed
    /// Something was done that the judge has as refused: a table, a cache or a byte is not as it should be.
    case asDifference
    /// Nothing at first; then guest, device, host and a peer each tried what they can reach.
    case afterwards
    case nowhere
  }

  /// Guards whose absence shows in nothing that a judge can look at, and why. What the books of a TDX module hold of interfaces,
  /// sessions, streams and metadata no table, cache or byte repeats; only what follows from it is seen, and here nothing followed.
  static let unseen: [Guard: String] = {
    var all: [Guard: String] = [:]
    for law in [
      Guard.requestPresent, .requestAskedByGuest, .requestSlot, .guestRequestSlot, .validatePresent, .devifCreateStream, .devifCreateRunnable,
      .removeNoMMIO, .removeNoDMA,
      .responseAnswered, .responseIsSuccess, .streamBlockReady, .streamDeleteBlocked, .streamCreateSession, .streamDeleteUnused,
      .streamKeysCreated, .streamSetGoKeys, .invalidateBlocked, .invalidateAlive, .metadataRemoveUnmapped, .metadataEmpty, .metadataInterface,
      .mmioMapFree, .spdmConnectCreated, .spdmCreateAbsent, .spdmDisconnectUnused, .spdmDeleteDisconnected, .exchangeSlot, .exchangeAnswered,
      .enterRunnable, .invalidateIdle,
      .reclaimOwned, .reclaimRootLast,
    ] { all[law] = "the firmware's own record" }
    for law in [Guard.accessTranslates, .iommuPrivateNeedsT, .encryptionKey, .decodeEnabled] {
      all[law] = "the bytes guard themselves: no table leads there, no key opens it, no window answers"
    }
    for law in [Guard.bindVM, .bindVDevice] { all[law] = "whom an interface is bound to is the TSM core's own note" }
    all[.devifCreateAbsent] = "whose an interface is stands in the firmware's own record"
    for law in [Guard.mapLive, .lockFree, .attachRevocable] { all[law] = "who waits moves nothing" }
    return all
  }()

  /// What everybody tries when the path is at its end.
  static func attempts(_ b: Bounds) -> [Action] {
    var all: [Action] = [.endAccess, .enterVCPU]
    for d in 0..<b.devices {
      for p in 0..<b.pages {
        all += [.hostTouchesPage(device: d, page: p), .peerTouchesPage(device: d, page: p)]
        all += [.beginAccess(device: d, page: p, secure: true), .endAccess, .beginAccess(device: d, page: p, secure: false), .endAccess]
      }
      all += [.sendShared(device: d), .finishSharedDMA(device: d), .finishTrustedDMA(device: d, unit: 0)]
      all += [.startDMA(device: d, trusted: true), .finishTrustedDMA(device: d, unit: 0), .sendShared(device: d)]
    }
    for m in 0..<b.memory { all += [.hostReads(unit: m), .peerTouches(unit: m), .guestReads(unit: m)] }
    return all
  }

  /// Executes it. Guards that are gone make the judge patient: what he would have had refused is the first thing that he sees.
  static func judge(_ found: Counterexample, of model: Model) throws -> (judge: Judge, showing: Showing) {
    var book = model.book
    book.asked = PropertySet([found.property])
    let file = try MachineFile.synthetic(bounds: book.bounds, parameters: book.parameters)
    let judge = Judge(try Machine(file, book))
    judge.isPatient = !model.procedures.dropped.isEmpty
    judge.look = .nowhere
    judge.perform(model.beginning)
    try judge.giveEverybodyBytes()
    judge.look = .atTables
    judge.perform(found.actions)
    let event = judge.machine.violation?.event
    // Some are said of a world in which no task is left; the path ends there.
    let isOfRest = [Property.notReleased, .bufferStaysRevoked, .slotStaysPrivate].contains(found.property)
    if isOfRest, let last = judge.machine.events.last { judge.sightState(last, isOver: true) }
    if judge.sightings.contains(where: { $0.harm == Harm(found.property) && $0.event == event }) { return (judge, .asClaimed) }
    if !judge.findings.isEmpty { return (judge, .asDifference) }
    let before = judge.sightings.count
    judge.isPatient = true
    judge.perform(attempts(book.bounds))
    return (judge, judge.findings.isEmpty && judge.sightings.count == before ? .nowhere : .afterwards)
  }
}

extension Judge {
  /// Something to lose: bytes in the guest's memory and in what it shares, past all rules. Zeros would look the same to everybody.
  func giveEverybodyBytes() throws {
    for line in watchedLines.compactMap({ $0 }) {
      let bytes = fresh()
      account.lines[line] = .init(isOwned: true, bytes: bytes)
      _ = try machine.hardware.encryption.write(bytes, at: HostPhysicalAddress(line), as: machine.module.key)
    }
    for frame in machine.kvm.sharedFrames { _ = try machine.hardware.encryption.write(fresh(), at: frame.start, as: .shared) }
  }
}
