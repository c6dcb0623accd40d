import Primitives

/// The state as a number: 0 unlocked, 1 locked, 2 running, 3 error. PCIe 6.0 section 11.3.12.
public struct InterfaceStateReport: TDISPMessage {
  public static let type = InterfaceMessage.state
  public var function: InterfaceID
  public var state: UInt8

  public init(_ function: InterfaceID, state: UInt8) { (self.function, self.state) = (function, state & 3) }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    state = try reader.integer("state")
    guard state < 4 else { throw reader.wrong("state", width: 1, expected: "0 to 3") }
  }

  public func encode(into writer: inout WireWriter) { writer.integer(state) }
}
