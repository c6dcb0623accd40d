import PCI
import Primitives
import Rules
import SPDM

/// A device that is part of a machine: its one function lies on the machine's bus, and what happens to it there happens to it here.
/// Who answers the security protocols is the same as on TCP.
extension ServedDevice {
  /// What the bus has made of the function since the last message. The device finds out by itself what that means for its interface.
  ///
  /// - Parameters:
  ///   - effects: of what was written since, and of resets.
  ///   - isThere: it decodes, and is in no reset.
  ///   - holdsSecrets: whether anything of a tenant's was left behind its windows.
  /// - Returns: the interface as the device has it now.
  public mutating func follow(
    _ registers: FunctionRegisters, after effects: [ConfigurationEffect], isThere: Bool, holdsSecrets: Bool
  ) -> DeviceInterface {
    functions[0].registers = registers
    functions[0].isAway = !isThere
    for effect in effects { functions[0].notice(effect) }
    functions[0].interface.holdsSecrets = holdsSecrets
    return functions[0].interface
  }

  /// What the rules have of the interface, where they go on and no device would.
  public mutating func adopt(_ interface: DeviceInterface) {
    functions[0].interface = interface
    if interface.state == .configUnlocked { functions[0].terms = nil }
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
