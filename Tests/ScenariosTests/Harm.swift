import Rules

/// What must not happen, as somebody says it who saw it: in a translation that was used, in the bytes that came, in a table that
/// still stands, or in what was called while something else was so. The judge has its own list and its own words; which property
/// of the rules each stands beside is said below, and only tests that compare the two look there.
enum Harm: String, CaseIterable, Hashable {
  case staleTranslation, accessToDisabledFunction, byteLeaked, wrongPage, pageMappedTwice, mappingOutlivesInterface
  case importerTooLate, dmaLost, vmLost, runUnchecked, leftBehind, staysRevoked, staysPrivate, booksContradict
  /// No property of the rules: an entry or a mapping is used while the buffer behind it is revoked and nobody is at work on it. In
  /// a sound host there is none.
  case entryOutlivesRevocation

  /// Said of a device that nobody is at work on.
  var isOfRest: Bool { self == .leftBehind || self == .staysRevoked || self == .staysPrivate }

  init?(_ property: Property) {
    switch property {
    case .privateMappingOutlivesInterface: self = .mappingOutlivesInterface
    case .importerUsesRevokedBuffer: self = .importerTooLate
    case .dmaDroppedUnseen: self = .dmaLost
    case .accessToDisabledFunction: self = .accessToDisabledFunction
    case .staleTranslationUsed: self = .staleTranslation
    case .hostKillsVM: self = .vmLost
    case .privateByteLeaks: self = .byteLeaked
    case .wrongPageAccepted: self = .wrongPage
    case .pageMappedTwice: self = .pageMappedTwice
    case .runWithoutEvidence: self = .runUnchecked
    case .notReleased: self = .leftBehind
    case .booksContradict: self = .booksContradict
    case .bufferStaysRevoked: self = .staysRevoked
    case .slotStaysPrivate: self = .staysPrivate
    // Whose an interface is stands in no table and no byte but the firmware's own, and who waits, drops a lock, has none or says that all
    // went well, or did not, moves nothing.
    case .interfaceHasTwoOwners, .deadlock, .unheldUnlock, .unlockedStep, .falseSuccess, .falseFailure: return nil
    }
  }
}

/// A harm, and the event at which it was seen.
struct Sighting: Hashable, CustomStringConvertible {
  var harm: Harm
  var event: Int
  var what: String
  var description: String { "event \(event): \(harm.rawValue): \(what)" }
}
