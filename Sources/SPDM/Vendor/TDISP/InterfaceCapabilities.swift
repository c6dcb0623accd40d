import Primitives

/// What an interface can do. PCIe 6.0 section 11.3.7.
public struct InterfaceCapabilities: TDISPMessage {
  public static let type = InterfaceMessage.capabilities
  public var function: InterfaceID
  public var flags: UInt32
  /// A bit for each request by the low seven bits of its type.
  public private(set) var requests: [UInt8]
  public var lockFlags: LockFlags
  /// How many bits of addresses the device drives.
  public var addressWidth: UInt8
  /// Requests that this interface, and that all of the device, take at once; 0 is one.
  public var requestsHere: UInt8
  public var requestsInAll: UInt8

  public init(
    _ function: InterfaceID, flags: UInt32 = 0, requests: Set<InterfaceMessage>, lockFlags: LockFlags, addressWidth: UInt8,
    requestsHere: UInt8 = 0, requestsInAll: UInt8 = 0
  ) {
    (self.function, self.flags, self.lockFlags, self.addressWidth) = (function, flags, lockFlags, addressWidth)
    (self.requestsHere, self.requestsInAll) = (requestsHere, requestsInAll)
    self.requests = [UInt8](repeating: 0, count: 16)
    for request in requests {
      let bit = Int(request.rawValue & 0x7F)
      self.requests[bit / 8] |= 1 << UInt8(bit % 8)
    }
  }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    flags = try reader.integer("capabilities")
    requests = try reader.bytes("requests", 16)
    lockFlags = LockFlags(rawValue: try reader.integer("lock flags"))
    try reader.reserved(3)
    addressWidth = try reader.integer("address width")
    requestsHere = try reader.integer("requests of this interface")
    requestsInAll = try reader.integer("requests of all interfaces")
  }

  public func encode(into writer: inout WireWriter) {
    writer.integer(flags)
    writer.append(requests)
    writer.integer(lockFlags.rawValue)
    writer.reserve(3)
    writer.integer(addressWidth)
    writer.integer(requestsHere)
    writer.integer(requestsInAll)
  }

  public func takes(_ request: InterfaceMessage) -> Bool {
    let bit = Int(request.rawValue & 0x7F)
    return requests[bit / 8] >> UInt8(bit % 8) & 1 == 1
  }
}
