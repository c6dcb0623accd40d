import Host
import Memory
import Primitives
import Rules
import TEE

/// Accesses to guest memory: the guest's through TLB, EPT and key, the host's past all of them.
extension Machine {
  /// The guest's view of memory; nil while there is no VM.
  public var guestSpace: GuestAddressSpace? {
    guard let secure = module.secureEPT, let shared = kvm.sharedEPT else { return nil }
    return GuestAddressSpace(vm: KVM.vm, key: module.key, shared: shared, secure: secure, sharedBit: file.plan.sharedBit)
  }

  /// The last line of a unit: what actions without detail touch. Transfers stay clear of it.
  func landing(_ size: PageSize) -> UInt64 { size.bytes - MemoryLine.bytes }

  /// One access of the vCPU, translated once. `tlb` is the real one, or a copy for an access that dies of what it reads.
  func guestAccess(
    _ operation: Detail.MemoryOperation, from base: GuestPhysicalAddress, tlb: inout TranslationCache<GuestPhysicalAddress>,
    _ seen: inout Observation
  ) throws(MemoryError) -> LineOutcome? {
    let (offset, count, isWrite) = operation.shape
    guard let space = guestSpace, let start = base.advanced(by: offset),
      let request = AccessRequest(.virtualCPU(KVM.vm), isWrite ? .write : .read, at: start, length: UInt64(count))
    else { return nil }
    let runs: [Translation]
    do throws(TranslationFault) {
      runs = try space.runs(of: request, through: &tlb)
    } catch {
      seen.accesses.append(Access(request, .fault(error.code.rawValue)))
      seen.add("fault", error.code.rawValue)
      return nil
    }
    if let first = runs.first {
      seen.accesses.append(Access(request, .physical(first.range.start), fromCache: runs.contains(where: \.fromCache)))
    }
    var worst: LineOutcome = .clean, done = 0
    for run in runs {
      let met: LineOutcome
      if case .write(_, let bytes) = operation {
        met = try hardware.encryption.write(Array(bytes[done..<done + Int(run.range.length)]), at: run.range.start, as: run.key)
      } else {
        let read = try hardware.encryption.read(at: run.range.start, count: Int(run.range.length), as: run.key)
        seen.bytes += read.bytes
        met = read.outcome
      }
      if worst == .clean { worst = met }
      done += Int(run.range.length)
    }
    return worst
  }

  /// Private memory that the rules say is mapped is.
  private func privateAccess(
    _ operation: Detail.MemoryOperation, _ m: UInt8, tlb: inout TranslationCache<GuestPhysicalAddress>, _ seen: inout Observation
  ) throws(MemoryError) {
    let outcome = try guestAccess(operation, from: file.plan.privateUnits[Int(m)].base, tlb: &tlb, &seen)
    if outcome == nil, book.law == Law() { troubles.append("unit \(m): the rules allow an access that ends untranslated") }
    note(outcome, &seen)
  }

  func guestReads(_ m: UInt8, _ effect: Effect, _ detail: Detail, _ seen: inout Observation) throws(MemoryError) {
    let unit = file.plan.privateUnits[Int(m)]
    var operations = detail.memory.isEmpty ? [.read(landing(unit.size), count: Int(MemoryLine.bytes))] : detail.memory
    guard effect.before.flag(.memoryIsPoisoned, m) else {
      for operation in operations { try privateAccess(operation, m, tlb: &hardware.tlb, &seen) }
      return
    }
    // The rules know a unit as poisoned, not a line: the guest comes by the line that the host wrote.
    if let poke = pokes[Int(m)].first { operations.insert(.read(poke, count: Int(MemoryLine.bytes)), at: 0) }
    var lost = hardware.tlb
    for operation in operations { try privateAccess(operation, m, tlb: &lost, &seen) }
  }

  func guestWrites(_ m: UInt8, _ detail: Detail, _ seen: inout Observation) throws(MemoryError) {
    let unit = file.plan.privateUnits[Int(m)]
    var operations = detail.memory.isEmpty ? [.write(landing(unit.size), pattern(m))] : detail.memory
    // Whole lines make them the guest's again: with the rules' grain, all that the host had taken.
    for poke in pokes[Int(m)] { operations.insert(.write(poke, [UInt8](repeating: 0, count: Int(MemoryLine.bytes))), at: 0) }
    pokes[Int(m)] = []
    for operation in operations { try privateAccess(operation, m, tlb: &hardware.tlb, &seen) }
  }

  private func note(_ outcome: LineOutcome?, _ seen: inout Observation) {
    switch outcome {
    case .poisoned(let line)?: seen.add("poison", hexadecimal(line))
    case .masked(let line)?: seen.add("masked", hexadecimal(line))
    case .faulted(let line)?: seen.add("fault", hexadecimal(line))
    case .clean?, nil: break
    }
  }

  /// The host's CPU reads frames of the guest with its own key.
  func hostReads(_ m: UInt8, _ detail: Detail, _ seen: inout Observation) throws(MemoryError) {
    let size = file.plan.privateUnits[Int(m)].size
    let operations = detail.memory.isEmpty ? [.read(landing(size), count: Int(MemoryLine.bytes))] : detail.memory
    for operation in operations { note(try hostAccess(operation, frame: module.unitFrames[Int(m)], &seen), &seen) }
  }

  func hostWrites(_ m: UInt8, _ detail: Detail, _ seen: inout Observation) throws(MemoryError) {
    let size = file.plan.privateUnits[Int(m)].size
    let operations =
      detail.memory.isEmpty ? [.write(landing(size), [UInt8](repeating: 0xBD, count: Int(MemoryLine.bytes)))] : detail.memory
    for operation in operations {
      note(try hostAccess(operation, frame: module.unitFrames[Int(m)], &seen), &seen)
      guard case .write(let offset, let bytes) = operation, module.unitFrames[Int(m)] != nil else { continue }
      var line = offset & ~(MemoryLine.bytes - 1)
      while line < offset + UInt64(bytes.count) {
        if !pokes[Int(m)].contains(line) { pokes[Int(m)].append(line) }
        line += MemoryLine.bytes
      }
    }
  }

  func hostAccess(
    _ operation: Detail.MemoryOperation, frame: AddressRange<HostPhysicalAddress>?, _ seen: inout Observation
  ) throws(MemoryError) -> LineOutcome? {
    let (offset, count, isWrite) = operation.shape
    guard let frame, let start = frame.start.advanced(by: offset), let range = AddressRange(start: start, length: UInt64(count)),
      frame.contains(range)
    else { return nil }
    seen.accesses.append(Access(AccessRequest(.hostCPU, isWrite ? .write : .read, range), .physical(start)))
    if case .write(_, let bytes) = operation { return try hardware.encryption.write(bytes, at: start, as: .shared) }
    let read = try hardware.encryption.read(at: start, count: count, as: .shared)
    seen.bytes += read.bytes
    return read.outcome
  }

  /// A peer's DMA without T bit at the address of private memory.
  func peerTouches(_ m: UInt8, isRefused: Bool, _ seen: inout Observation) {
    // Over its own link, if it is one of the machine's and a stream carries what has no T bit.
    let peer = peer(of: 0), way = hardware.device(peer).map { path($0, tBit: false) } ?? .plain
    var port = DMAPort(hardware, device: peer, trusted: false, stream: nil, over: way)
    var line = [UInt8](repeating: 0, count: Int(MemoryLine.bytes))
    let base = IOVirtualAddress(file.plan.privateUnits[Int(m)].base.rawValue)
    let arrived = line.withUnsafeMutableBytes { buffer in (try? port.read(base, into: buffer)) != nil }
    // And a write of what it read.
    let left = line.withUnsafeBytes { buffer in (try? port.write(base, from: buffer)) != nil }
    seen.accesses += port.accesses
    if isRefused, arrived || left { troubles.append("unit \(m): the rules refuse a peer, and the shared table lets it through") }
    if arrived { seen.bytes = line }
    seen.add("write", left ? "done" : "dropped")
  }

  /// What a guest writes when nobody says what: its own, and different in each unit.
  func pattern(_ m: UInt8) -> [UInt8] { (0..<UInt8(MemoryLine.bytes)).map { $0 ^ (0xA5 &+ m) } }
}

extension Detail.MemoryOperation {
  var shape: (offset: UInt64, count: Int, isWrite: Bool) {
    switch self {
    case .read(let offset, let count): (offset, max(0, count), false)
    case .write(let offset, let bytes): (offset, bytes.count, true)
    }
  }
}
