import Primitives

/// How a buffer is taken back and comes again: told, both waits, taken away, restored.
extension SharingLaw {
  /// What becomes of a revocation that is asked for, with the reservation in hand.
  /// - Parameters:
  ///   - life: of the buffer.
  ///   - permanence: of this revocation.
  ///   - pins: attachments of the class pinned, and pins of movable ones.
  @inlinable public func revocation(of life: BufferLife, _ permanence: Permanence, pins: Int) -> RevocationStart {
    switch life {
    case .live: return refusal(.revokeUnpinned, unless: pins == 0).map { .refused($0) } ?? .begin
    case .revoking(.restorable) where permanence == .permanent: return .becomesPermanent(.revoking(.permanent))
    case .revoked(.restorable) where permanence == .permanent: return .becomesPermanent(.revoked(.permanent))
    case .revoking, .revoked, .released: return .nothing
    }
  }

  /// Whether the exporter may use the memory for something else: after both waits.
  /// - Parameters:
  ///   - custody: of the memory; lent or withheld.
  ///   - isWorkOver: all fences are signalled, `BOOKKEEP` included.
  ///   - mappings: of importers, those that were told among them.
  @inlinable public func refusalToTakeAway(_ custody: MemoryCustody, isWorkOver: Bool, mappings: Int) -> SharingGuard? {
    refusal(.takeAwayOnce, unless: custody == .lent || custody == .withheld) ?? refusal(.takeAwayWorkOver, unless: isWorkOver)
      ?? refusal(.takeAwayLetGo, unless: mappings == 0)
  }

  /// Whether a revocation that met somebody late may be given up: the buffer is live again then.
  /// - Parameters:
  ///   - life: of the buffer.
  ///   - asked: what this revocation was to be; another may have asked for more in the meantime.
  @inlinable public func refusalToGiveUp(_ life: BufferLife, asked: Permanence) -> SharingGuard? {
    refusal(.giveUpAsked, unless: life == .revoking(asked))
  }

  /// Asked before the first mapping of after.
  /// - Parameters:
  ///   - life: of the buffer.
  ///   - isWorkOver: all fences of before are signalled.
  ///   - mappings: of before.
  @inlinable public func refusalToRestore(_ life: BufferLife, isWorkOver: Bool, mappings: Int) -> SharingGuard? {
    refusal(.restoreRestorable, unless: life == .revoked(.restorable)) ?? refusal(.restoreLetGo, unless: mappings == 0)
      ?? refusal(.restoreWorkOver, unless: isWorkOver)
  }
}
