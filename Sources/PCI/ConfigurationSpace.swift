/// The configuration space of one PCI function: 256 bytes, or 4096 for PCI Express.
///
/// A plain value: reading and writing here is what a hex editor does. What the hardware does with
/// a write is `FunctionRegisters`. Reads beyond the end give all ones, as on the bus.
public struct ConfigurationSpace: Hashable, Sendable {
  public private(set) var bytes: [UInt8]

  public static let conventionalSize = 256
  public static let extendedSize = 4096

  /// Bytes beyond 4096 are dropped.
  public init(bytes: [UInt8] = []) { self.bytes = Array(bytes.prefix(Self.extendedSize)) }

  public var hasExtendedSpace: Bool { bytes.count > Self.conventionalSize }

  public func byte(_ offset: Int) -> UInt8 { bytes.indices.contains(offset) ? bytes[offset] : 0xFF }
  public func word(_ offset: Int) -> UInt16 { UInt16(byte(offset)) | UInt16(byte(offset + 1)) << 8 }
  public func long(_ offset: Int) -> UInt32 { UInt32(word(offset)) | UInt32(word(offset + 2)) << 16 }

  /// 1, 2 or 4 bytes; other widths, unaligned accesses and places outside give all ones.
  public func read(_ offset: Int, width: Int) -> UInt32 {
    guard offset >= 0, [1, 2, 4].contains(width), offset % width == 0 else { return .max }
    var value: UInt32 = 0
    for i in 0..<width { value |= UInt32(byte(offset + i)) << (8 * i) }
    return value
  }

  /// Sets bytes regardless of what they mean; places outside are ignored.
  public mutating func set(_ offset: Int, width: Int, to value: UInt32) {
    for i in 0..<min(max(width, 0), 4) where bytes.indices.contains(offset + i) {
      bytes[offset + i] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(i)))
    }
  }
}

/// The header that every function has. PCI 3.0 section 6.1, PCIe 6.0 section 7.5.1.
extension ConfigurationSpace {
  public var vendorID: UInt16 { word(0x00) }
  public var deviceID: UInt16 { word(0x02) }
  public var command: CommandRegister { CommandRegister(rawValue: word(0x04)) }
  public var status: UInt16 { word(0x06) }
  public var revision: UInt8 { byte(0x08) }
  public var programmingInterface: UInt8 { byte(0x09) }
  /// Base class and subclass: 0x1200 is a processing accelerator.
  public var classCode: UInt16 { word(0x0A) }
  public var isMultifunction: Bool { byte(0x0E) & 0x80 != 0 }
  public var subsystemVendorID: UInt16 { word(0x2C) }
  public var subsystemID: UInt16 { word(0x2E) }
  public var hasCapabilityList: Bool { status & 1 << 4 != 0 }

  public var headerType: HeaderType? { HeaderType(rawValue: byte(0x0E) & 0x7F) }
}

/// The layout of the header beyond its first 16 bytes.
public enum HeaderType: UInt8, Hashable, Sendable {
  case endpoint = 0
  case bridge = 1
  case cardBus = 2

  public var barCount: Int {
    switch self {
    case .endpoint: 6
    case .bridge: 2
    case .cardBus: 1
    }
  }
  var capabilityPointer: Int { self == .cardBus ? 0x14 : 0x34 }
  var romOffset: Int? {
    switch self {
    case .endpoint: 0x30
    case .bridge: 0x38
    case .cardBus: nil
    }
  }
}

/// What a function may do on the bus. PCIe 6.0 section 7.5.1.1.3.
public struct CommandRegister: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let ioSpace = Self(rawValue: 1 << 0)
  /// MSE: the function answers to its memory BARs.
  public static let memorySpace = Self(rawValue: 1 << 1)
  /// BME: the function may issue requests of its own.
  public static let busMaster = Self(rawValue: 1 << 2)
  public static let interruptDisable = Self(rawValue: 1 << 10)

  /// The flags of lspci's `Control:` line, in bit order.
  static let names = [
    "I/O", "Mem", "BusMaster", "SpecCycle", "MemWINV", "VGASnoop", "ParErr", "Stepping", "SERR", "FastB2B", "DisINTx",
  ]
}
