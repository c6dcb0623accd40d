import Rules

extension PackedWorld {
  /// What a property is about is there: without it nothing can break the property, and holding says nothing. True where
  /// there is nothing of the kind, as for a deadlock, for which any task will do.
  func hasSubject(of property: Property, _ bounds: Bounds) -> Bool {
    let devices = 0..<bounds.devices
    func isAnyPage(_ state: (SecureEPTEntry) -> Bool) -> Bool { devices.contains { d in (0..<bounds.pages).contains { state(self[entry: d, $0]) } } }
    switch property {
    case .privateMappingOutlivesInterface, .wrongPageAccepted: return isAnyPage { $0 == .mmioMapped }
    case .pageMappedTwice: return isAnyPage { $0.isMMIO }
    case .interfaceHasTwoOwners: return devices.contains { self[bindingOwner: $0] != .none }
    case .runWithoutEvidence, .dmaDroppedUnseen: return devices.contains { self[interface: $0] == .run }
    case .bufferStaysRevoked: return devices.contains { flag(.bufferIsRevoked, $0) }
    case .slotStaysPrivate: return devices.contains { flag(.slotIsPrivate, $0) }
    default: return true
    }
  }
}
