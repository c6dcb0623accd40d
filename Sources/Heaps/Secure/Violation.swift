import Primitives
import Restriction

/// What the bus does to a master that is stopped. Nothing at all is the NXP design: reads give zeros, writes are ignored. A TZC-400 can be
/// told to answer with an error, to raise an interrupt, or both (ACTION register).
public struct ViolationBehaviour: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let silent: ViolationBehaviour = []
  /// The transaction ends in an error: an external abort at a CPU.
  public static let abort = ViolationBehaviour(rawValue: 1)
  /// The secure world is interrupted and finds master and address in a register.
  public static let interrupt = ViolationBehaviour(rawValue: 2)
}

/// An access that was stopped, as the firewall's fail registers keep it.
public struct Violation: Hashable, Sendable {
  public let master: String
  public let access: Access
  /// The first byte that was not allowed.
  public let address: HostPhysicalAddress
}

/// Why an access did not come to its end. Under `.silent` it always does, with zeros.
public struct BusError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Hashable, Sendable {
    /// The firewall answered with an error.
    case externalAbort = "external-abort"
    /// The hypervisor's second stage has no such page.
    case secondStageFault = "second-stage-fault"
    /// The IOMMU has no such address for this master.
    case translationFault = "translation-fault"
    /// No memory there.
    case notMemory = "not-memory"
  }
  public let code: Code
  public let violation: Violation?
  public let address: HostPhysicalAddress

  public var description: String { "\(code.rawValue) at \(address)" + (violation.map { ": \($0.access) by \($0.master)" } ?? "") }
}
