/// The two capability lists of a function, walked as software does, and where the walk went wrong.
///
/// PCI 3.0 section 6.7 and PCIe 6.0 section 7.6: the conventional list lives in 0x40...0xFF behind a
/// pointer in the header, the extended one begins at 0x100; pointers are multiples of four.
public struct CapabilityWalk: Hashable, Sendable {
  /// In list order, conventional ones first. A broken list gives what stood before the break.
  public private(set) var capabilities: [Capability] = []
  public private(set) var faults: [Fault] = []

  public struct Fault: Hashable, Sendable {
    public enum Code: String, Hashable, Sendable {
      case loop, outOfRange, misaligned, allOnes, overlap, cut
    }
    public let code: Code
    /// Offset of the byte that is wrong: a pointer, or the structure itself.
    public let offset: Int
    public let message: String
  }

  public init(_ space: ConfigurationSpace) {
    walkConventional(space)
    if space.hasExtendedSpace { walkExtended(space) }
    checkOverlaps(space)
  }

  private mutating func walkConventional(_ space: ConfigurationSpace) {
    guard space.hasCapabilityList, let header = space.headerType else { return }
    var pointerAt = header.capabilityPointer
    var seen: Set<Int> = []
    while true {
      let pointer = Int(space.byte(pointerAt))
      guard pointer != 0 else { return }
      guard accept(pointer, from: pointerAt, within: 0x40...0xFC, space, &seen) else { return }
      let id = space.byte(pointer)
      if id == 0xFF { return fault(.allOnes, pointer, "the capability at \(hex(pointer)) reads as all ones") }
      // ID 0 is the null capability: only its pointer counts.
      if id != 0 { capabilities.append(Capability(.conventional(id), at: pointer)) }
      pointerAt = pointer + 1
    }
  }

  private mutating func walkExtended(_ space: ConfigurationSpace) {
    var offset = 0x100
    var seen: Set<Int> = [offset]
    while true {
      let header = space.long(offset)
      // A function without extended capabilities reads as zero there, or as ones if nobody answers.
      if offset == 0x100, header == 0 || header == .max { return }
      if header == .max { return fault(.allOnes, offset, "the capability at \(hex(offset)) reads as all ones") }
      let id = UInt16(truncatingIfNeeded: header)
      if id != 0 { capabilities.append(Capability(.extended(id), at: offset, version: UInt8(header >> 16 & 0xF))) }
      let next = Int(header >> 20)
      guard next != 0 else { return }
      guard accept(next, from: offset + 2, within: 0x100...0xFFC, space, &seen) else { return }
      offset = next
    }
  }

  private mutating func accept(
    _ pointer: Int, from place: Int, within range: ClosedRange<Int>, _ space: ConfigurationSpace, _ seen: inout Set<Int>
  ) -> Bool {
    if !range.contains(pointer) {
      fault(
        .outOfRange, place, "the capability pointer \(hex(pointer)) is not in \(hex(range.lowerBound))...\(hex(range.upperBound))")
    } else if pointer % 4 != 0 {
      fault(.misaligned, place, "the capability pointer \(hex(pointer)) is not a multiple of four")
    } else if pointer + 2 > space.bytes.count {
      fault(.cut, place, "the capability pointer \(hex(pointer)) leads beyond the bytes there are")
    } else if !seen.insert(pointer).inserted {
      fault(.loop, place, "the capability list loops: \(hex(pointer)) comes a second time")
    } else {
      return true
    }
    return false
  }

  private mutating func checkOverlaps(_ space: ConfigurationSpace) {
    let sorted = capabilities.sorted { $0.offset < $1.offset }
    for (i, capability) in sorted.enumerated() {
      guard let size = capability.size(in: space) else { continue }
      let end = capability.offset + size
      let limit = capability.id.isExtended ? space.bytes.count : ConfigurationSpace.conventionalSize
      if end > limit {
        fault(.cut, capability.offset, "\(capability.id) at \(hex(capability.offset)) needs \(size) bytes and leaves its space")
      } else if i + 1 < sorted.count, sorted[i + 1].offset < end {
        let next = sorted[i + 1]
        fault(
          .overlap, next.offset,
          "\(next.id) at \(hex(next.offset)) lies inside \(capability.id), which takes \(hex(capability.offset))..<\(hex(end))")
      }
    }
  }

  private mutating func fault(_ code: Fault.Code, _ offset: Int, _ message: String) {
    faults.append(Fault(code: code, offset: offset, message: message))
  }

  /// The first of its kind, where software looks.
  public subscript(id: CapabilityID) -> Capability? { capabilities.first { $0.id == id } }
  public func all(_ id: CapabilityID) -> [Capability] { capabilities.filter { $0.id == id } }
}

func hex(_ value: Int) -> String { "0x" + String(value, radix: 16) }
