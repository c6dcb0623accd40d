/// Properties of a state. Those of a step are judged where the step is performed.
extension Stage {
  /// The first property that this state breaks, or nil.
  @inlinable public func brokenProperty(_ book: borrowing Rulebook) -> Property? {
    for d in 0..<book.bounds.devices {
      if let broken = brokenProperty(of: d, book) { return broken }
    }
    let devices = book.bounds.devices
    for i in 0..<book.bounds.importers where flag(.importerIsUsing, i) && !answers(i % devices) {
      return .importerUsesRevokedBuffer
    }
    return nil
  }

  @inlinable func brokenProperty(of d: UInt8, _ book: borrowing Rulebook) -> Property? {
    let owner = self[bindingOwner: d]
    // The books of a TD that the module found fatal are closed with the TD.
    if vmEnd == .machineCheck, vmLife != .released { return nil }
    if owner == .both { return .interfaceHasTwoOwners }
    var anyEntry = false, anyDeclared = false
    for p in 0..<book.bounds.pages {
      let entry = self[entry: d, p], page = self[frame: d, p]
      if entry != .free {
        anyEntry = true
        if owner == .none, entry == .mmioMapped || self[tlb: d, p] == .secure { return .privateMappingOutlivesInterface }
        if entry == .mmioMapped, page != p { return .wrongPageAccepted }
        var q: UInt8 = 0
        while q < p {
          if self[entry: d, q] != .free, self[frame: d, q] == page { return .pageMappedTwice }
          q &+= 1
        }
        if self[metadata: d, page] != .mapped { return .booksContradict }
      }
      if self[metadata: d, p] != .absent { anyDeclared = true }
    }
    if owner == .none, anyEntry || anyDeclared || self[dmar: d] != .free { return .booksContradict }
    if owner != .none, self[session: d] != .connected || self[stream: d] == .absent || self[stream: d] == .created { return .booksContradict }
    if self[stream: d] != .absent, self[session: d] != .connected { return .booksContradict }
    if self[dmar: d] != .free || owner != .none, vmLife == .blocked || vmLife == .released { return .booksContradict }
    guard book.cast != .untrustedHost, !isBusy(d) else { return nil }
    if !flag(.isOpen, d) { return leavesSomething(d, book) ? .notReleased : nil }
    if flag(.bufferIsRevoked, d), flag(.bufferIsExported, d), answers(d) { return .bufferStaysRevoked }
    return nil
  }

  /// What a closed device must not have left behind.
  @inlinable func leavesSomething(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    if self[bindingOwner: d] == .vm || self[dmar: d] != .free || flag(.isBound, d) || flag(.holdsVM, d) { return true }
    if self[vdevice: d] == .present || flag(.bufferIsExported, d) || flag(.hostMapping, d) { return true }
    for p in 0..<book.bounds.pages where self[entry: d, p] != .free || self[mirror: d, p] || self[isShared: d, p] { return true }
    return anyImporterMaps(d, book)
  }
}
