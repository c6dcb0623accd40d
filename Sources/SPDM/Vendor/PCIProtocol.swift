import Primitives

/// The protocols of the PCI-SIG that travel in VENDOR_DEFINED: the first byte of the payload says which. PCIe 6.0 section 6.31.3.
public enum PCIProtocol: UInt8, Hashable, Sendable, CaseIterable {
  case keyManagement = 0
  case deviceInterface = 1
}

extension VendorPayload {
  public init(_ protocol: PCIProtocol, _ message: [UInt8]) throws(SPDMError) { self = try .pci(protocol: `protocol`.rawValue, message) }

  /// What protocol of the PCI-SIG it is, and its message; nil for one of somebody else, or one that is not known.
  public var pci: (protocol: PCIProtocol, message: [UInt8])? {
    guard registry == 3, vendor == [1, 0], let first = payload.bytes.first, let known = PCIProtocol(rawValue: first) else { return nil }
    return (known, Array(payload.bytes.dropFirst()))
  }
}

/// A message of one of them as a value. Reading and writing are inverse but for reserved bytes, which are ignored on the way in and
/// zero on the way out.
public protocol PCIProtocolMessage: Hashable, Sendable {
  init(_ bytes: some Collection<UInt8>) throws(SPDMError)
  var bytes: [UInt8] { get }
}
