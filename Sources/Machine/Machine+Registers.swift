import Host
import Memory
import PCI
import Primitives
import Rules
import TEE

/// Accesses to a device's pages.
extension Machine {
  /// The guest's load or store: through the TLB and the half of the EPT that the address names, then over the bus.
  func access(_ d: UInt8, _ p: UInt8, secure: Bool, _ detail: Detail, _ seen: inout Observation) {
    let plain = file.plan.page(d, p), alias = file.plan.shared(plain)
    let (address, other) = secure ? (plain, alias) : (alias, plain)
    // The rules give a page one place in the TLB.
    if let range = AddressRange(start: other, length: PageSize.small.bytes) {
      hardware.tlb.invalidate(Invalidation(range), in: .vm(KVM.vm))
    }
    for operation in detail.registers.isEmpty ? [.load(0, width: 8)] : detail.registers {
      let (offset, width, isWrite) = operation.shape
      guard let space = guestSpace,
        let request = AccessRequest(
          .virtualCPU(KVM.vm), isWrite ? .write : .read, at: GuestPhysicalAddress(address.rawValue + offset & 0xFFF),
          length: UInt64(max(1, width)))
      else { continue }
      var target: HostPhysicalAddress?
      do throws(TranslationFault) {
        let runs = try space.runs(of: request, through: &hardware.tlb)
        if let run = runs.first {
          target = run.range.start
          seen.accesses.append(Access(request, .physical(run.range.start), fromCache: run.fromCache))
        }
      } catch {
        seen.accesses.append(Access(request, .fault(error.code.rawValue)))
        seen.add("fault", error.code.rawValue)
      }
      // Wherever a stale translation leads, the device still decides; and where it does not answer, nobody does.
      if target != nil, world.answers(d), world.arrive(at: d, p, tBit: secure, book) != .accepted {
        target = nil
        seen.add("rejected", "T=\(secure ? 1 : 0)")
      }
      switch operation {
      case .load:
        let value = target.map { hardware.load($0, width: width) } ?? .max
        seen.values.append(value)
        seen.add("load+\(String(offset, radix: 16))", hexadecimal(value))
      case .store(_, _, let value):
        if let target { _ = hardware.store(target, width: width, value) }
        seen.add("store+\(String(offset, radix: 16))", hexadecimal(value))
      }
    }
  }

  /// The host's CPU or a peer, without T bit, at an address on the bus: a read, and a write of what it read. Where the T-bit
  /// table has refused, the read completes as an unsupported request, which is all ones, and the posted write is dropped.
  func touch(_ d: UInt8, _ p: UInt8, _ initiator: Initiator, isRejected: Bool, _ seen: inout Observation) {
    let page = hardware.page(d, p)
    for operation in [AccessOperation.read, .write] {
      guard let request = AccessRequest(initiator, operation, at: page, length: 8) else { continue }
      seen.accesses.append(Access(request, isRejected ? .fault("rejected") : .physical(page)))
    }
    let value = isRejected ? .max : hardware.load(page, width: 8)
    if !isRejected { _ = hardware.store(page, width: 8, value) }
    seen.values = [value]
    seen.add("value", hexadecimal(value))
    seen.add("write", isRejected ? "dropped" : "done")
  }

  /// An importer reads a page that it has mapped: the first that the device does not reject.
  func use(_ i: UInt8, _ seen: inout Observation) {
    let d = i % book.bounds.devices
    guard let importer = importers[Int(i)] else { return }
    let open = (0..<book.bounds.pages).first { world.touchPage(d, $0, book).refusal == nil }
    guard let read = importer.read(page: open ?? 0) else { return }
    seen.accesses.append(read.access)
    // Rejected by the device: the completion is an unsupported request and reads as ones.
    let value = open == nil ? .max : read.value
    seen.values = [value]
    seen.add("page", Int(open ?? 0))
    seen.add("value", hexadecimal(value))
  }

  /// What a refused attempt shows to whoever made it. Nothing changes.
  func observeRefusal(of action: Action, _ detail: Detail) -> Observation {
    var seen = Observation()
    switch action {
    case .hostReads(let m):
      // The memory controller answers a read of an owned line with zeros.
      do throws(MemoryError) { try hostReads(m, detail, &seen) } catch { troubles.append("host read: \(error)") }
    case .peerTouches(let m): peerTouches(m, &seen)
    case .hostTouchesPage(let d, let p), .peerTouchesPage(let d, let p):
      let isHost = if case .hostTouchesPage = action { true } else { false }
      touch(d, p, isHost ? .hostCPU : .device(peer(of: d), trusted: false, stream: nil), isRejected: true, &seen)
    case .beginAccess(let d, let p, let secure):
      let plain = file.plan.page(d, p)
      if let request = AccessRequest(.virtualCPU(KVM.vm), .read, at: secure ? plain : file.plan.shared(plain), length: 8) {
        seen.accesses = [Access(request, .fault("refused"))]
      }
      seen.values = detail.registers.compactMap { if case .load = $0 { .max } else { nil } }
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
