import Memory
import Primitives

/// One access as it happened: who asked, for what, in which space of addresses, and where it led.
public struct Access: Hashable, Sendable, CustomStringConvertible {
  public enum Space: String, Hashable, Sendable { case gpa, iova, hpa }
  public enum Result: Hashable, Sendable {
    /// It was translated; the first byte lies here.
    case physical(HostPhysicalAddress)
    /// Stopped at translation.
    case fault(String)
  }
  public let initiator: Initiator
  public let operation: AccessOperation
  public let space: Space
  public let address: UInt64
  /// In bytes.
  public let length: UInt64
  public let result: Result
  /// A cache answered.
  public var fromCache = false

  public init<A: Address>(_ request: AccessRequest<A>, _ result: Result, fromCache: Bool = false) {
    (initiator, operation, self.result, self.fromCache) = (request.initiator, request.operation, result, fromCache)
    (address, length) = (request.range.start.rawValue, request.range.length)
    space = A.self == GuestPhysicalAddress.self ? .gpa : A.self == IOVirtualAddress.self ? .iova : .hpa
  }

  public var description: String {
    let way: String
    switch result {
    case .physical(let at): way = space == .hpa ? "" : " -> hpa \(at)" + (fromCache ? " (cached)" : "")
    case .fault(let code): way = " -> \(code)"
    }
    return "\(operation.rawValue) of \(length) bytes at \(space.rawValue) \(hexadecimal(address)) by \(initiator)\(way)"
  }
}
