import Primitives

/// A virtual machine, by the number that its host gave it.
public struct VMIdentifier: RawRepresentable, Hashable, Comparable, BitwiseCopyable, Sendable, CustomStringConvertible {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  public var description: String { "vm\(rawValue)" }
}

/// Who sends a request. Everything that decides an access is in here or in a table; nothing is ambient.
public enum Initiator: Hashable, Sendable {
  case hostCPU
  case virtualCPU(VMIdentifier)
  /// `trusted` is the T bit of the IDE prefix; `stream` the IDE stream it came over, nil for a request outside IDE.
  case device(RequesterID, trusted: Bool, stream: UInt8?)
}

extension Initiator: CustomStringConvertible {
  public var description: String {
    switch self {
    case .hostCPU: "host CPU"
    case .virtualCPU(let vm): "vCPU of \(vm)"
    case .device(let id, let trusted, let stream): "\(id) T=\(trusted ? 1 : 0)" + (stream.map { " stream \($0)" } ?? "")
    }
  }
}

public enum AccessOperation: String, Hashable, Sendable {
  case read
  case write
  case execute
}

/// One access as it is asked for: who, how, where. `Space` says which kind of address the initiator used.
public struct AccessRequest<Space: Address>: Hashable, Sendable {
  public let initiator: Initiator
  public let operation: AccessOperation
  public let range: AddressRange<Space>

  public init(_ initiator: Initiator, _ operation: AccessOperation, _ range: AddressRange<Space>) {
    (self.initiator, self.operation, self.range) = (initiator, operation, range)
  }

  /// Nil if the access would leave the 64-bit space.
  public init?(_ initiator: Initiator, _ operation: AccessOperation, at start: Space, length: UInt64) {
    guard let range = AddressRange(start: start, length: length) else { return nil }
    self.init(initiator, operation, range)
  }
}

extension AccessRequest: CustomStringConvertible {
  /// `read of 64 bytes at 0x1000 by 0000:01:00.0 T=1 stream 3`.
  public var description: String { "\(operation.rawValue) of \(range.length) bytes at \(range.start) by \(initiator)" }
}
