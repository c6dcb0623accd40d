import Primitives

/// A window through which a function is reached: PCIe 6.0 section 7.5.1.2.1.
public struct BaseAddressRegister: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case io
    case memory32(prefetchable: Bool)
    /// Takes its own register and the next, which holds the upper half.
    case memory64(prefetchable: Bool)
  }
  /// 0 to 5.
  public let index: Int
  public let kind: Kind
  /// Zero when nobody assigned it.
  public let address: HostPhysicalAddress
  /// In bytes; nil when neither the dump nor anybody else said it.
  public var size: UInt64?

  public init(index: Int, kind: Kind, address: HostPhysicalAddress, size: UInt64?) {
    (self.index, self.kind, self.address, self.size) = (index, kind, address, size)
  }

  public var offset: Int { 0x10 + 4 * index }
  public var isMemory: Bool { kind != .io }
  public var is64Bit: Bool { if case .memory64 = kind { true } else { false } }
  public var isAssigned: Bool { address.rawValue != 0 }
  /// Whether it can be given to a guest or another device: by the page, so that nothing else comes along.
  /// PCI allows windows down to 16 bytes; those share their page with neighbours.
  public var isShareable: Bool {
    guard isMemory, isAssigned, let size else { return false }
    return address.isAligned(to: .small) && size % PageSize.small.bytes == 0
  }
  public var range: AddressRange<HostPhysicalAddress>? {
    size.flatMap { AddressRange(start: address, length: $0) }
  }

  /// The low bits that say the kind and never change.
  public var kindBits: UInt32 {
    switch kind {
    case .io: 1
    case .memory32(let prefetchable): prefetchable ? 8 : 0
    case .memory64(let prefetchable): prefetchable ? 12 : 4
    }
  }

  /// Which bits of the register, or pair of registers, hold an address: what probing with all ones reads back.
  /// A BAR of unknown size has none, as if it were not there.
  public var writableMask: UInt64 {
    guard let size, size.isPowerOfTwo else { return 0 }
    let width: UInt64 = is64Bit ? .max : UInt64(UInt32.max)
    return ~(size - 1) & width & ~(kind == .io ? 0x3 : 0xF)
  }

  /// The BARs that the bytes show. A register of zeros is none, unless `sizes` says that one is there.
  public static func decode(_ space: ConfigurationSpace, sizes: [Int: UInt64] = [:]) -> [Self] {
    guard let header = space.headerType else { return [] }
    var bars: [Self] = []
    var index = 0
    while index < header.barCount {
      defer { index += 1 }
      let at = index
      let low = space.long(0x10 + 4 * at)
      guard low != 0 || sizes[at] != nil else { continue }
      if low & 1 != 0 {
        bars.append(Self(index: at, kind: .io, address: HostPhysicalAddress(UInt64(low & ~3)), size: sizes[at]))
        continue
      }
      let prefetchable = low & 8 != 0
      var address = UInt64(low & ~0xF)
      var kind = Kind.memory32(prefetchable: prefetchable)
      if low >> 1 & 3 == 2, at + 1 < header.barCount {
        address |= UInt64(space.long(0x14 + 4 * at)) << 32
        kind = .memory64(prefetchable: prefetchable)
        index += 1
      }
      bars.append(Self(index: at, kind: kind, address: HostPhysicalAddress(address), size: sizes[at]))
    }
    return bars
  }
}

extension UInt64 {
  var isPowerOfTwo: Bool { nonzeroBitCount == 1 }
}

/// What cannot be true of a function's BARs.
public enum BARFault: Hashable, Sendable {
  /// PCI allows powers of two, from 16 bytes for memory and 4 for I/O.
  case impossibleSize(Int, UInt64)
  /// A 32-bit window of 4 GiB and more.
  case tooLargeForKind(Int, UInt64)
  case misaligned(Int)
  case overlap(Int, Int)
  case leavesSpace(Int)
  /// A size was given for a register that is none, or is the upper half of another.
  case noSuchBAR(Int)

  public var index: Int {
    switch self {
    case .impossibleSize(let i, _), .tooLargeForKind(let i, _), .misaligned(let i), .overlap(_, let i), .leavesSpace(let i),
      .noSuchBAR(let i):
      i
    }
  }

  public static func check(_ bars: [BaseAddressRegister], sizes: [Int: UInt64]) -> [BARFault] {
    var faults = sizes.keys.sorted().filter { index in !bars.contains { $0.index == index } }.map { Self.noSuchBAR($0) }
    for bar in bars {
      guard let size = bar.size else { continue }
      if !size.isPowerOfTwo || size < (bar.isMemory ? 16 : 4) {
        faults.append(.impossibleSize(bar.index, size))
      } else if !bar.is64Bit, size > 1 << 31 {
        faults.append(.tooLargeForKind(bar.index, size))
      } else if bar.address.rawValue & (size - 1) != 0 {
        faults.append(.misaligned(bar.index))
      } else if bar.range == nil {
        faults.append(.leavesSpace(bar.index))
      }
    }
    for (i, a) in bars.enumerated() where a.isAssigned {
      for b in bars[(i + 1)...] where b.isAssigned && a.isMemory == b.isMemory {
        // Two windows at one place overlap whatever their sizes are.
        let meet = a.address == b.address || (a.range.flatMap { first in b.range.map { first.overlaps($0) } } ?? false)
        if meet { faults.append(.overlap(a.index, b.index)) }
      }
    }
    return faults
  }
}

extension BARFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .impossibleSize(let i, let size): "BAR\(i) cannot have a size of \(size) bytes"
    case .tooLargeForKind(let i, let size): "BAR\(i) has 32 bits and cannot have a size of \(hexadecimal(size)) bytes"
    case .misaligned(let i): "BAR\(i) is not aligned to its size"
    case .overlap(let i, let j): "BAR\(i) and BAR\(j) overlap"
    case .leavesSpace(let i): "BAR\(i) leaves the address space"
    case .noSuchBAR(let i): "there is no BAR\(i) that could have a size"
    }
  }
}
