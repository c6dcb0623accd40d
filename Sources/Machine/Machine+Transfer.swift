import Crypto
import Host
import Memory
import PCI
import Primitives
import Rules
import TEE

/// The guest's driver for the copy engine: it writes a payload, rings the doorbell, and checks what comes back.
extension Machine {
  /// Through shared memory and T=0, while the interface is unlocked: everybody can read along.
  public func sharedUse(_ d: UInt8, _ payload: [UInt8]) -> TransferReport { transfer(d, payload, isPrivate: false) }

  /// Through private memory and T=1, while the interface runs.
  public func privateUse(_ d: UInt8, _ payload: [UInt8]) -> TransferReport { transfer(d, payload, isPrivate: true) }

  private func transfer(_ d: UInt8, _ payload: [UInt8], isPrivate: Bool) -> TransferReport {
    var report = TransferReport()
    var (guest, host) = (SHA256(), SHA256())
    deviceHash = SHA256()
    defer { deviceHash = nil }
    var start = 0, chunk = 0
    repeat {
      guard let unit = unit(for: chunk, isPrivate) else {
        report.failure = "no memory that the device could reach"
        break
      }
      let layout = TransferLayout(size: unit.size.bytes)
      let piece = Array(payload[start..<min(payload.count, start + layout.capacity)])
      guard !piece.isEmpty else { break }
      guard let seen = move(piece, through: d, unit, layout, isPrivate, &report.failure) else { break }
      guest.update(data: seen.guest)
      host.update(data: seen.host)
      start += piece.count
      chunk += 1
      if seen.guest != piece { report.failure = report.failure ?? "the bytes that came back are others" }
      if seen.digest != sha256(piece) { report.failure = report.failure ?? "the device hashed other bytes" }
    } while start < payload.count && report.failure == nil
    report.bytes = start
    (report.guestDigest, report.hostDigest) = (Array(guest.finalize()), Array(host.finalize()))
    if let hash = deviceHash { report.deviceDigest = Array(hash.finalize()) }
    return report
  }

  /// A unit for the transfer's `chunk`-th piece: in turn, of those that are there.
  private func unit(for chunk: Int, _ isPrivate: Bool) -> TransferUnit? {
    let units: [TransferUnit]
    if isPrivate {
      units = file.plan.privateUnits.indices.filter { world[memoryEntry: UInt8($0)] == .mapped }
        .map { TransferUnit(number: $0, base: file.plan.privateUnits[$0].base, size: file.plan.privateUnits[$0].size) }
    } else {
      units = kvm.sharedFrames.indices.map {
        TransferUnit(number: $0, base: file.plan.sharedUnits[$0].base, size: file.plan.sharedUnits[$0].size)
      }
    }
    return units.isEmpty ? nil : units[chunk % units.count]
  }

  struct TransferUnit {
    let number: Int, base: GuestPhysicalAddress, size: PageSize
  }

  private func move(
    _ piece: [UInt8], through d: UInt8, _ unit: TransferUnit, _ layout: TransferLayout, _ isPrivate: Bool, _ failure: inout String?
  ) -> (guest: [UInt8], digest: [UInt8], host: [UInt8])? {
    func stopped(_ why: String) -> (guest: [UInt8], digest: [UInt8], host: [UInt8])? {
      failure = failure ?? why
      return nil
    }
    guard let p = enginePage(.registers, of: d) else { return stopped("the engine's registers are not exported") }
    guard let head = guestRegisters(d, p, secure: isPrivate, [load(.head), load(.status)]) else {
      return stopped("the device cannot be reached")
    }
    guard head.count == 2, head[0] < TransferLayout.ringSize, head[1] & 2 == 0 else { return stopped("the engine has stopped") }
    let slot = head[0] * UInt64(CopyDescriptor.size)
    let base = unit.base.rawValue
    let descriptor = CopyDescriptor(
      source: IOVirtualAddress(base + layout.source), destination: IOVirtualAddress(base + layout.destination),
      length: UInt32(piece.count))

    // Nothing at the destination is right already.
    let others = piece.map { ~$0 }
    let writes: [Detail.MemoryOperation] = [
      .write(layout.source, piece), .write(layout.destination, others), .write(slot, descriptor.bytes),
    ]
    guard guestMemory(unit, writes, isPrivate) != nil else { return stopped("the guest cannot write its memory") }
    let set = [store(.ringBase, base), store(.ringSize, TransferLayout.ringSize), store(.vector, 0), store(.control, 1)]
    guard guestRegisters(d, p, secure: isPrivate, set) != nil,
      guestRegisters(d, p, secure: isPrivate, [store(.tail, (head[0] + 1) % TransferLayout.ringSize)], note: "doorbell") != nil
    else { return stopped("the device cannot be reached") }

    guard attempt(.startDMA(device: d, trusted: isPrivate)).isAccepted else { return stopped("the device may not issue") }
    let finish: Action = isPrivate ? .finishTrustedDMA(device: d, unit: UInt8(unit.number)) : .finishSharedDMA(device: d)
    guard attempt(finish).isAccepted else { return stopped("the transfer was lost") }

    let reads: [Detail.MemoryOperation] = [.read(slot, count: CopyDescriptor.size), .read(layout.destination, count: piece.count)]
    guard let found = guestMemory(unit, reads, isPrivate), found.count == CopyDescriptor.size + piece.count,
      let answer = try? CopyDescriptor(bytes: found.prefix(CopyDescriptor.size))
    else { return stopped("the guest cannot read its memory") }
    guard answer.status == .done else { return stopped("the device answers \(answer.status)") }
    let host = hostView(unit, [.read(layout.destination, count: piece.count)], isPrivate)
    return (Array(found.dropFirst(CopyDescriptor.size)), answer.digest, host)
  }

  /// The exported page that shows a page of the engine.
  func enginePage(_ page: CopyEnginePage, of d: UInt8) -> UInt8? {
    let function = hardware.functions[Int(d)]
    return function.pages.firstIndex { $0.bar == function.engineBAR && $0.offset == page.offset }.map { UInt8($0) }
  }

  private func load(_ register: CopyEngineRegister) -> Detail.RegisterOperation { .load(register.offset, width: 8) }
  private func store(_ register: CopyEngineRegister, _ value: UInt64) -> Detail.RegisterOperation {
    .store(register.offset, width: 8, value)
  }

  /// The guest's own access to memory of either kind. Nil when it did not take place.
  private func guestMemory(_ unit: TransferUnit, _ operations: [Detail.MemoryOperation], _ isPrivate: Bool) -> [UInt8]? {
    guard isPrivate else { return guestShared(UInt8(unit.number), operations) }
    guard enterGuest() else { return nil }
    let m = UInt8(unit.number)
    var isWrite = false
    if case .write? = operations.first { isWrite = true }
    let answer = attempt(isWrite ? .guestWrites(unit: m) : .guestReads(unit: m), Detail(memory: operations))
    return answer.isAccepted && world.vmLife == .runnable ? answer.bytes : nil
  }

  /// What the host's CPU finds in the same frames.
  private func hostView(_ unit: TransferUnit, _ operations: [Detail.MemoryOperation], _ isPrivate: Bool) -> [UInt8] {
    guard !isPrivate else { return attempt(.hostReads(unit: UInt8(unit.number)), Detail(memory: operations)).bytes }
    var seen = Observation()
    for operation in operations { _ = try? hostAccess(operation, frame: kvm.sharedFrames[unit.number], &seen) }
    note("host", "guest", "memory read", object: "gpa \(unit.base)", args: seen.args, accesses: seen.accesses)
    return seen.bytes
  }
}
