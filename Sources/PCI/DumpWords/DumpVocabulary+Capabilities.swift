/// Which words belong to which capability.
extension DumpVocabulary {
  /// Nil for a capability of whose text no word is known.
  init?(_ capability: Capability, in space: ConfigurationSpace) {
    let at = capability.offset
    switch capability.id {
    case .powerManagement: self = .powerManagement
    case .msi: self = .msi(at, space)
    case .msix: self = .msix
    case .vendorSpecific: self = .vendorSpecific(at, space)
    case .subsystem: self = .subsystem(at, space)
    case .pciExpress: self = .express(at, space)
    case .advancedFeatures: self = .advancedFeatures
    case .advancedErrorReporting: self = .advancedErrorReporting(at, space)
    case .downstreamPortContainment: self = .downstreamPortContainment
    case .accessControl: self = .accessControl
    case .alternativeRouting: self = .alternativeRouting
    case .addressTranslation: self = .addressTranslation
    case .processAddressSpace: self = .processAddressSpace
    case .pageRequest: self = .pageRequest
    case .singleRootIOV: self = .singleRootIOV(at, space)
    case .resizableBAR, .virtualFunctionResizableBAR: self = .resizableBAR(at, space)
    case .deviceSerialNumber: self = .deviceSerialNumber(at, space)
    case .dataObjectExchange: self = .dataObjectExchange
    case .integrityAndEncryption: self = .integrityAndEncryption(IntegrityAndEncryption(capability, in: space), space)
    case .vendorSpecificExtended: self = .vendorSpecificExtended
    case .designatedVendor: self = .designatedVendor
    case .latencyTolerance: self = .latencyTolerance(at, space)
    case .lowPowerSubstates: self = .lowPowerSubstates(at, space)
    case .processingHints: self = .processingHints(at, space)
    case .secondaryPCIExpress: self = .secondaryPCIExpress(at, space)
    case .physicalLayer16: self = .physicalLayer16
    case .physicalLayer32: self = .physicalLayer32
    case .physicalLayer64: self = .physicalLayer64
    case .laneMargining: self = .laneMargining
    case .timeMeasurement: self = .timeMeasurement
    case .multicast: self = .multicast
    case .device3: self = .device3
    default: return nil
    }
  }
}
