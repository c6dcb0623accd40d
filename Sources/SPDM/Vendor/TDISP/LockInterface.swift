import Primitives

/// What is asked of an interface with its lock. PCIe 6.0 section 11.3.8.
public struct LockFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
  public static let noFirmwareUpdate = Self(rawValue: 1 << 0)
  /// System cache lines are of 128 bytes.
  public static let longCacheLine = Self(rawValue: 1 << 1)
  public static let lockMSIX = Self(rawValue: 1 << 2)
  public static let bindPeers = Self(rawValue: 1 << 3)
  public static let allRequestRedirect = Self(rawValue: 1 << 4)
  public static let known: Self = [.noFirmwareUpdate, .longCacheLine, .lockMSIX, .bindPeers, .allRequestRedirect]
}

/// Fixes an interface's configuration, for a tenant to look at. PCIe 6.0 section 11.3.8.
public struct LockInterface: TDISPMessage {
  public static let type = InterfaceMessage.lock
  public var function: InterfaceID
  public var flags: LockFlags
  public var stream: UInt8
  /// In bytes, signed, of whole pages: added to the addresses of the report, so that it tells nobody where things are.
  public var reportingOffset: Int64
  public var peerMask: UInt64

  public init(_ function: InterfaceID, flags: LockFlags = [], stream: UInt8, reportingOffset: Int64 = 0, peerMask: UInt64 = 0) {
    (self.function, self.flags, self.stream) = (function, flags, stream)
    (self.reportingOffset, self.peerMask) = (reportingOffset, peerMask)
  }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    flags = LockFlags(rawValue: try reader.integer("lock flags"))
    stream = try reader.integer("default stream")
    try reader.reserved(1)
    reportingOffset = Int64(bitPattern: try reader.integer("reporting offset"))
    peerMask = try reader.integer("peer mask")
  }

  public func encode(into writer: inout WireWriter) {
    writer.integer(flags.rawValue)
    writer.integer(stream)
    writer.reserve(1)
    writer.integer(UInt64(bitPattern: reportingOffset))
    writer.integer(peerMask)
  }
}
