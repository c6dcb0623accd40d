/// Which capability a structure in configuration space is. The two lists count on their own.
public enum CapabilityID: Hashable, Sendable {
  case conventional(UInt8)
  case extended(UInt16)

  public static let powerManagement = Self.conventional(0x01)
  public static let msi = Self.conventional(0x05)
  public static let vendorSpecific = Self.conventional(0x09)
  public static let subsystem = Self.conventional(0x0D)
  public static let pciExpress = Self.conventional(0x10)
  public static let msix = Self.conventional(0x11)
  public static let advancedFeatures = Self.conventional(0x13)
  public static let enhancedAllocation = Self.conventional(0x14)

  public static let advancedErrorReporting = Self.extended(0x01)
  public static let deviceSerialNumber = Self.extended(0x03)
  public static let vendorSpecificExtended = Self.extended(0x0B)
  public static let accessControl = Self.extended(0x0D)
  public static let alternativeRouting = Self.extended(0x0E)
  public static let addressTranslation = Self.extended(0x0F)
  public static let singleRootIOV = Self.extended(0x10)
  public static let multicast = Self.extended(0x12)
  public static let pageRequest = Self.extended(0x13)
  public static let resizableBAR = Self.extended(0x15)
  public static let processingHints = Self.extended(0x17)
  public static let latencyTolerance = Self.extended(0x18)
  public static let secondaryPCIExpress = Self.extended(0x19)
  public static let processAddressSpace = Self.extended(0x1B)
  public static let downstreamPortContainment = Self.extended(0x1D)
  public static let lowPowerSubstates = Self.extended(0x1E)
  public static let timeMeasurement = Self.extended(0x1F)
  public static let designatedVendor = Self.extended(0x23)
  public static let virtualFunctionResizableBAR = Self.extended(0x24)
  public static let physicalLayer16 = Self.extended(0x26)
  public static let laneMargining = Self.extended(0x27)
  public static let physicalLayer32 = Self.extended(0x2A)
  public static let dataObjectExchange = Self.extended(0x2E)
  public static let device3 = Self.extended(0x2F)
  public static let integrityAndEncryption = Self.extended(0x30)
  public static let physicalLayer64 = Self.extended(0x31)

  public var isExtended: Bool { if case .extended = self { true } else { false } }

  /// The name in the specifications, or nil for one that we do not know.
  public var name: String? {
    switch self {
    case .conventional(let id): conventionalNames.first { $0.id == id }?.name
    case .extended(let id): extendedNames.first { $0.id == id }?.name
    }
  }

  /// How lspci's decoded text begins for this capability; empty where its wording is not known.
  private var textPrefixes: [String] {
    switch self {
    case .conventional(let id): conventionalNames.first { $0.id == id }?.text ?? []
    case .extended(let id): extendedNames.first { $0.id == id }?.text ?? []
    }
  }

  /// Whether lspci's text can be about this capability. Text that we cannot place may be about one that we do not know.
  func fits(text: Substring) -> Bool {
    let unknown = "Extended Capability ID 0x"
    if text.hasPrefix(unknown), case .extended(let id) = self { return UInt16(text.dropFirst(unknown.count), radix: 16) == id }
    func begins(_ prefixes: [String]) -> Bool { prefixes.contains { text.hasPrefix($0) } }
    let isPlaced = isExtended ? extendedNames.contains { begins($0.text) } : conventionalNames.contains { begins($0.text) }
    return !isPlaced || begins(textPrefixes)
  }
}

extension CapabilityID: CustomStringConvertible {
  public var description: String {
    switch self {
    case .conventional(let id): name ?? "capability 0x" + padded(UInt64(id), 2)
    case .extended(let id): name ?? "extended capability 0x" + padded(UInt64(id), 4)
    }
  }
}

/// Hexadecimal digits, at least so many, as lspci prints them.
package func padded(_ value: UInt64, _ digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}

private let conventionalNames: [(id: UInt8, name: String, text: [String])] = [
  (0x01, "Power Management", ["Power Management"]), (0x03, "Vital Product Data", ["Vital Product Data"]),
  (0x05, "MSI", ["MSI:", "Message Signalled Interrupts"]), (0x07, "PCI-X", ["PCI-X"]),
  (0x09, "Vendor Specific", ["Vendor Specific Information", "VirtIO"]), (0x0A, "Debug Port", ["Debug port"]),
  (0x0D, "Subsystem", ["Subsystem"]), (0x10, "PCI Express", ["Express"]), (0x11, "MSI-X", ["MSI-X"]), (0x12, "SATA", ["SATA"]),
  (0x13, "Advanced Features", ["PCI Advanced Features"]), (0x14, "Enhanced Allocation", ["Enhanced Allocation"]),
]

private let extendedNames: [(id: UInt16, name: String, text: [String])] = [
  (0x01, "Advanced Error Reporting", ["Advanced Error Reporting"]), (0x02, "Virtual Channel", ["Virtual Channel"]),
  (0x03, "Device Serial Number", ["Device Serial Number"]), (0x04, "Power Budgeting", ["Power Budgeting"]),
  (0x08, "Multi-Function Virtual Channel", ["Multi-Function Virtual Channel"]), (0x09, "Virtual Channel", ["Virtual Channel"]),
  (0x0B, "Vendor Specific", ["Vendor Specific Information"]), (0x0D, "Access Control Services", ["Access Control Services"]),
  (0x0E, "Alternative Routing-ID", ["Alternative Routing-ID"]),
  (0x0F, "Address Translation Service", ["Address Translation Service"]),
  (0x10, "Single Root I/O Virtualization", ["Single Root I/O Virtualization"]), (0x12, "Multicast", ["Multicast"]),
  (0x13, "Page Request Interface", ["Page Request Interface"]), (0x15, "Resizable BAR", ["Physical Resizable BAR"]),
  (0x16, "Dynamic Power Allocation", []), (0x17, "TPH Requester", ["Transaction Processing Hints"]),
  (0x18, "Latency Tolerance Reporting", ["Latency Tolerance Reporting"]),
  (0x19, "Secondary PCI Express", ["Secondary PCI Express", "#19"]),
  (0x1B, "Process Address Space ID", ["Process Address Space ID"]),
  (0x1D, "Downstream Port Containment", ["Downstream Port Containment"]),
  (0x1E, "L1 PM Substates", ["L1 PM Substates"]), (0x1F, "Precision Time Measurement", ["Precision Time Measurement"]),
  (0x23, "Designated Vendor-Specific", ["Designated Vendor-Specific"]), (0x24, "VF Resizable BAR", ["Virtual Resizable BAR"]),
  (0x25, "Data Link Feature", ["Data Link Feature"]), (0x26, "Physical Layer 16.0 GT/s", ["Physical Layer 16.0 GT/s"]),
  (0x27, "Lane Margining", ["Lane Margining at the Receiver"]), (0x2A, "Physical Layer 32.0 GT/s", ["Physical Layer 32.0 GT/s"]),
  (0x2E, "Data Object Exchange", ["Data Object Exchange"]), (0x2F, "Device 3", ["Device 3"]),
  (0x30, "Integrity & Data Encryption", ["Integrity & Data Encryption"]),
  (0x31, "Physical Layer 64.0 GT/s", ["Physical Layer 64.0 GT/s"]),
]
