/// What can happen to a function while its interface is locked, and whether that is an ERROR. PCIe 6.0 section 11.2.6;
/// PCIe 6.0, TDISP. The offending configuration write itself always completes.
public enum TrackedChange: Small {
  case memoryEnableCleared, busMasterCleared
  case barWritten, romBARWritten, bistWritten, resizableBARWritten, sriovWritten, ariWritten, pasidWritten, priWritten
  case enhancedAllocationWritten, multicastWritten
  case extendedTagChanged, phantomFunctionsChanged, noSnoopChanged, tagWidthChanged
  case msixWrittenWhileLocked
  case functionLevelReset, powerTransitionLosingState, requesterIDChanged
  case streamInsecure, poisonedTLP, unrecoverableError, translationWithWrongT, pageResponseWithWrongT
  // Allowed while locked.
  case msiWritten, acsWritten, aerMaskWritten, atsWritten, doeWritten, otherCommandBitsWritten, msixWrittenWhileNotLocked

  @inlinable public var entersError: Bool {
    switch self {
    case .msiWritten, .acsWritten, .aerMaskWritten, .atsWritten, .doeWritten, .otherCommandBitsWritten, .msixWrittenWhileNotLocked: false
    default: true
    }
  }
}

extension DeviceInterface {
  @inlinable public mutating func observe(_ change: TrackedChange, under law: Law) {
    if change.entersError { configurationChanged(under: law) }
  }
}
