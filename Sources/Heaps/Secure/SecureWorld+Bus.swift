import Memory
import Primitives
import Restriction

/// The bus: every access of a master to memory, byte for byte, through the firewall.
extension SecureWorld {
  /// What a master reads. Pages that it may not read are zeros, or end the access, as `behaviour` says.
  public func read(_ range: AddressRange<HostPhysicalAddress>, as master: MasterIndex) throws(BusError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(range.length))
    var offset = 0
    for (piece, isAllowed) in try pieces(of: range, .read, master) {
      if isAllowed {
        do throws(MemoryError) {
          try memory.withBytes(of: piece) { source in bytes.withUnsafeMutableBytes { $0[offset..<offset + source.count].copyBytes(from: source) } }
        } catch { throw BusError(code: .notMemory, violation: nil, address: piece.start) }
      }
      offset += Int(piece.length)
    }
    return bytes
  }

  /// Writes what a master may write; the rest is ignored, or ends the access before its first byte.
  public func write(_ bytes: some RandomAccessCollection<UInt8>, at address: HostPhysicalAddress, as master: MasterIndex) throws(BusError) {
    guard let range = AddressRange(start: address, length: UInt64(bytes.count)) else {
      throw BusError(code: .notMemory, violation: nil, address: address)
    }
    var rest = bytes[...]
    for (piece, isAllowed) in try pieces(of: range, .write, master) {
      if isAllowed {
        do throws(MemoryError) { try memory.writeRaw(rest.prefix(Int(piece.length)), at: piece.start) } catch {
          throw BusError(code: .notMemory, violation: nil, address: piece.start)
        }
      }
      rest = rest.dropFirst(Int(piece.length))
    }
  }

  /// Cuts an access at page boundaries into runs that fare alike. All are decided before the first byte moves.
  private func pieces(
    of range: AddressRange<HostPhysicalAddress>, _ access: Access, _ master: MasterIndex
  ) throws(BusError) -> [(AddressRange<HostPhysicalAddress>, Bool)] {
    guard range.length > 0 else { return [] }
    guard let pages = books.pages(of: range), Int(master.value) < masters.count else {
      throw BusError(code: .notMemory, violation: nil, address: range.start)
    }
    var runs: [(AddressRange<HostPhysicalAddress>, Bool)] = []
    var at = range.start.rawValue
    for page in pages {
      let end = min(range.end.rawValue, (at | 4095) + 1)
      let isAllowed = books.decide(access, page: page, by: master).isAccepted
      if !isAllowed { try note(Violation(master: name(of: master), access: access, address: HostPhysicalAddress(at)), page) }
      if let last = runs.last, last.1 == isAllowed, let longer = AddressRange(start: last.0.start, length: end - last.0.start.rawValue) {
        runs[runs.count - 1].0 = longer
      } else if let run = AddressRange(start: HostPhysicalAddress(at), length: end - at) {
        runs.append((run, isAllowed))
      }
      at = end
    }
    return runs
  }

  private func note(_ violation: Violation, _ page: Int) throws(BusError) {
    violationCount += 1
    if violations.count == Self.keptViolations { violations.removeFirst() }
    violations.append(violation)
    if case .region(let region) = books[coverage: page], regions[Int(region.value)].enforcer == .secondStage {
      throw BusError(code: .secondStageFault, violation: violation, address: violation.address)
    }
    if behaviour.contains(.interrupt) { interrupts += 1 }
    if behaviour.contains(.abort) { throw BusError(code: .externalAbort, violation: violation, address: violation.address) }
  }
}
