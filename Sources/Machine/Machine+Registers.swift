import Host
import Memory
import PCI
import Primitives
import Rules
import TEE

/// Where a load or store at a device's page ends. It is decided once, on the way there: first by translation, then by the function,
/// which decodes or not and has a table of T bits. What the rules say of the same access has to agree.
enum Arrival: Hashable, Sendable {
  case at(HostPhysicalAddress)
  /// No cache and no table leads there.
  case untranslated
  /// The function has it by its T-bit table (PCIe 6.0 section 11.2.3).
  case rejected
  /// Nobody decodes the address.
  case unanswered
}

/// Accesses to a device's pages.
extension Machine {
  /// What a request that has a physical address meets.
  private func arrival(at target: HostPhysicalAddress, _ d: UInt8, _ p: UInt8, tBit: Bool) -> Arrival {
    guard case .mmio(let owner, let bar, let offset) = hardware.map.target(of: target) else { return .unanswered }
    // The function that has the address, and its page there: not always those that were named.
    let device = hardware.device(owner) ?? d
    let page = hardware.functions[Int(device)].pages.firstIndex { $0.bar == bar && $0.offset == offset & ~0xFFF }.map { UInt8($0) } ?? p
    guard world.arrive(at: device, page, tBit: tBit, book) == .accepted else { return .rejected }
    // Without a guard the rules go on where no packet opens.
    if case .cut = path(device, tBit: tBit) { return .rejected }
    return .at(target)
  }

  /// What a request of the guest meets, through TLB and EPT.
  private func arrival(
    of request: AccessRequest<GuestPhysicalAddress>, _ d: UInt8, _ p: UInt8, tBit: Bool,
    through tlb: inout TranslationCache<GuestPhysicalAddress>, _ seen: inout Observation
  ) -> (arrival: Arrival, target: HostPhysicalAddress) {
    let nowhere = (arrival: Arrival.untranslated, target: HostPhysicalAddress(0))
    guard let space = guestSpace else { return nowhere }
    do throws(TranslationFault) {
      guard let run = try space.runs(of: request, through: &tlb).first else { return nowhere }
      seen.accesses.append(Access(request, .physical(run.range.start), fromCache: run.fromCache))
      return (arrival(at: run.range.start, d, p, tBit: tBit), run.range.start)
    } catch {
      seen.accesses.append(Access(request, .fault(error.code.rawValue)))
      seen.add("fault", error.code.rawValue)
      return nowhere
    }
  }

  /// The rules judged the same access by their fields. A difference is a defect of this program, and said in every run; without all
  /// guards in force the rules let through what bytes still stop.
  private func compare(_ arrival: Arrival, _ d: UInt8, isRefused: Bool, _ what: String) {
    let agrees: Bool
    switch arrival {
    case .at: agrees = !isRefused
    case .untranslated, .rejected: agrees = isRefused || book.law != Law()
    case .unanswered: agrees = isRefused || !world.answers(d)
    }
    if !agrees { troubles.append("\(what): the rules \(isRefused ? "refuse" : "allow") it, and it ends as \(arrival)") }
  }

  /// The guest's load or store: through the TLB and the half of the EPT that the address names, then over the bus.
  func access(_ d: UInt8, _ p: UInt8, secure: Bool, isRefused: Bool, _ detail: Detail, _ seen: inout Observation) {
    let plain = file.plan.page(d, p), alias = file.plan.shared(plain)
    let (address, other) = secure ? (plain, alias) : (alias, plain)
    // What is refused leaves nothing in the TLB.
    var tlb = hardware.tlb
    // The rules give a page one place in the TLB.
    if let range = AddressRange(start: other, length: PageSize.small.bytes) { tlb.invalidate(Invalidation(range), in: .vm(KVM.vm)) }
    for operation in detail.registers.isEmpty ? [.load(0, width: 8)] : detail.registers {
      let (offset, width, isWrite) = operation.shape
      guard
        let request = AccessRequest(
          .virtualCPU(KVM.vm), isWrite ? .write : .read, at: GuestPhysicalAddress(address.rawValue + offset & 0xFFF),
          length: UInt64(max(1, width)))
      else { continue }
      let (arrival, target) = arrival(of: request, d, p, tBit: secure, through: &tlb, &seen)
      compare(arrival, d, isRefused: isRefused, "\(request)")
      if arrival == .rejected { seen.add("rejected", "T=\(secure ? 1 : 0)") }
      let reaches = arrival == .at(target), isRejected = arrival == .rejected
      switch operation {
      case .load:
        let found = reaches || isRejected ? load(target, width: width, d, tBit: secure, isRejected: isRejected) : .max
        let value = reaches ? found : .max
        seen.values.append(value)
        seen.add("load+\(String(offset, radix: 16))", hexadecimal(value))
      case .store(_, _, let value):
        if reaches || isRejected { store(target, width: width, value, d, tBit: secure, isRejected: isRejected) }
        seen.add("store+\(String(offset, radix: 16))", hexadecimal(value))
      }
    }
    if !isRefused { hardware.tlb = tlb }
  }

  /// The host's CPU or a peer, without T bit, at an address on the bus: a read, and a write of what it read. Where the T-bit
  /// table has refused, the read completes as an unsupported request, which is all ones, and the posted write is dropped.
  func touch(_ d: UInt8, _ p: UInt8, _ initiator: Initiator, isRefused: Bool, _ seen: inout Observation) {
    let page = hardware.page(d, p), arrival = arrival(at: page, d, p, tBit: false)
    compare(arrival, d, isRefused: isRefused, "\(initiator) at \(page)")
    let isOpen = arrival == .at(page)
    for operation in [AccessOperation.read, .write] {
      guard let request = AccessRequest(initiator, operation, at: page, length: 8) else { continue }
      seen.accesses.append(Access(request, isOpen ? .physical(page) : .fault("\(arrival)")))
    }
    let requester = if case .device(let id, _, _) = initiator { id } else { MachineLink.host }
    let value = read(page, d, p, by: requester)
    if isOpen || arrival == .rejected { store(page, width: 8, value, d, tBit: false, by: requester, isRejected: !isOpen) }
    seen.values = [value]
    seen.add("value", hexadecimal(value))
    seen.add("write", isOpen ? "done" : "dropped")
  }

  /// What a log calls an access to the message table where no page of the interface is.
  public static let hiddenTouch = "MSI-X touch T=0"

  /// The host's CPU at the function's message table where its page is in no range of the report, so that the rules have no number for it.
  /// What was reported as nothing is TEE memory: a locked interface takes it from T=1 alone. PCIe 6.0 section 11.2.1.
  func touchHiddenTable(_ d: UInt8, at table: MSIX.Place) -> Event {
    let base = hardware.functions[Int(d)].registers.bars.first { $0.index == table.bar }?.address.rawValue ?? 0
    let target = HostPhysicalAddress(base + table.offset), place = "\(id(d))/BAR\(table.bar)+0x\(String(table.offset, radix: 16))"
    let refusal = world.answers(d) ? world.tdi(d).receive(MemoryRequest(isTEEPage: true, tBit: false), under: book.law).refusal : .decodeEnabled
    let accesses = [AccessOperation.read, .write].compactMap { operation in
      AccessRequest(Initiator.hostCPU, operation, at: target, length: 8).map { request in
        Access(request, refusal == nil ? .physical(target) : .fault("\(Arrival.rejected)"))
      }
    }
    if let refusal, refusal != .decodeEnabled {
      _ = load(target, width: 8, d, tBit: false, isRejected: true)
      store(target, width: 8, 0, d, tBit: false, isRejected: true)
    }
    guard let refusal else {
      store(target, width: 8, load(target, width: 8, d, tBit: false), d, tBit: false)
      return note("host", lane(d), Self.hiddenTouch, object: place, args: [Event.Argument("write", "done")], accesses: accesses)
    }
    return note(
      "host", lane(d), Self.hiddenTouch, object: place, Outcome.refused(refusal).kind, code: refusal.entry.code, guardID: refusal.id,
      args: [Event.Argument("write", "dropped")], accesses: accesses)
  }

  /// An importer reads a page that it has mapped: the first that the device does not reject.
  func use(_ i: UInt8, _ seen: inout Observation) {
    let d = i % book.bounds.devices
    guard let importer = importers[Int(i)] else { return }
    let open = (0..<book.bounds.pages).first { p in arrival(at: hardware.page(d, p), d, p, tBit: false) == .at(hardware.page(d, p)) }
    guard let way = importer.reach(page: open ?? 0) else {
      if book.law == Law() { troubles.append("importer \(i): the rules have it mapped, and its table does not") }
      return
    }
    seen.accesses.append(way.access)
    // It has no T bit, whatever page it asks for. Rejected by the device: the completion is an unsupported request and reads as ones.
    let value = read(way.target, d, open ?? 0, by: importer.requester)
    seen.values = [value]
    seen.add("page", Int(open ?? 0))
    seen.add("value", hexadecimal(value))
  }

  /// Eight bytes at an address on the bus, without T bit: what the link brings back, or ones.
  private func read(_ target: HostPhysicalAddress, _ d: UInt8, _ p: UInt8, by requester: RequesterID) -> UInt64 {
    switch arrival(at: target, d, p, tBit: false) {
    case .at: load(target, width: 8, d, tBit: false, by: requester)
    case .rejected: load(target, width: 8, d, tBit: false, by: requester, isRejected: true)
    case .untranslated, .unanswered: .max
    }
  }

  /// What a refused attempt shows to whoever made it. Nothing changes.
  func observeRefusal(of action: Action, _ outcome: Outcome, _ detail: Detail) -> Observation {
    var seen = Observation()
    guard outcome != .refused(.notNow) else { return seen }
    switch action {
    case .hostReads(let m):
      // The memory controller answers a read of an owned line with zeros.
      do throws(MemoryError) { try hostReads(m, detail, &seen) } catch { troubles.append("host read: \(error)") }
    case .peerTouches(let m): peerTouches(m, isRefused: true, &seen)
    case .hostTouchesPage(let d, let p): touch(d, p, .hostCPU, isRefused: true, &seen)
    case .peerTouchesPage(let d, let p): touch(d, p, .device(peer(of: d), trusted: false, stream: nil), isRefused: true, &seen)
    case .beginAccess(let d, let p, let secure): access(d, p, secure: secure, isRefused: true, detail, &seen)
    default: break
    }
    return seen
  }
}

extension Detail.RegisterOperation {
  var shape: (offset: UInt64, width: Int, isWrite: Bool) {
    switch self {
    case .load(let offset, let width): (offset, width, false)
    case .store(let offset, let width, _): (offset, width, true)
    }
  }
}
