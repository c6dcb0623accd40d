import PCI
import Primitives
import Rules
import SPDM

/// A device that is part of a machine: its one function lies on the machine's bus, and what happens to it there happens to it here.
/// Who answers the security protocols is the same as on TCP.
extension ServedDevice {
  /// - Parameters:
  ///   - registers: the function's as they are.
  ///   - measurements: what it measures of itself, in rising order of their indices.
  public init(_ id: RequesterID, _ registers: FunctionRegisters, measurements: [MeasurementBlock]) {
    functions = [ServedFunction(id: id, registers: registers)]
    (self.measurements, faults) = (measurements, [])
  }

  /// What the bus has made of the function since the last message.
  ///
  /// - Parameters:
  ///   - isThere: it decodes, and is in no reset.
  ///   - report: what it reports of its ranges with the offset of its lock, or none.
  public mutating func follow(_ registers: FunctionRegisters, _ interface: DeviceInterface, isThere: Bool, report: (_ offset: Int64) -> [UInt8]) {
    functions[0].registers = registers
    functions[0].interface = interface
    functions[0].isAway = !isThere
    if interface.state == .configUnlocked { functions[0].terms = nil }
    functions[0].settledReport = report(functions[0].terms?.reportingOffset ?? 0)
  }

  public var interface: DeviceInterface { functions[0].interface }

  /// The link has stopped to protect the stream, or the stream was taken out of use.
  public mutating func streamFails(_ stream: UInt8) {
    streams[stream, default: StreamKeys()].fail()
    becameInsecure(stream)
  }

  /// The stream is disabled in the function's registers: its keys are gone, and it may be made anew.
  public mutating func disable(_ stream: UInt8) { streams[stream]?.wipe() }
}
