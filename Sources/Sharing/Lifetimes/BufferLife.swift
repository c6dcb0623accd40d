/// Whether what is taken back can come again.
public enum Permanence: Hashable, BitwiseCopyable, Sendable { case permanent, restorable }

/// How a buffer stands.
public enum BufferLife: Hashable, CaseIterable, BitwiseCopyable, Sendable {
  case live
  /// Told, and waiting for both waits.
  case revoking(Permanence)
  case revoked(Permanence)
  /// The last handle is gone.
  case released

  public static let allCases: [BufferLife] = [
    .live, .revoking(.permanent), .revoking(.restorable), .revoked(.permanent), .revoked(.restorable), .released,
  ]

  @inlinable public var isRevoked: Bool { if case .revoked = self { true } else { false } }
  @inlinable public var isRevoking: Bool { if case .revoking = self { true } else { false } }

  /// After both waits, or where somebody was late: what is under way is over. The permanence may have grown in the meantime.
  @inlinable public var ended: BufferLife { if case .revoking(let permanence) = self { .revoked(permanence) } else { self } }
}

extension BufferLife: CustomStringConvertible {
  public var description: String {
    switch self {
    case .live: "live"
    case .revoking(let permanence): "revoking(\(permanence))"
    case .revoked(let permanence): "revoked(\(permanence))"
    case .released: "released"
    }
  }
}

/// How an attachment stands.
public enum AttachmentStage: Hashable, CaseIterable, BitwiseCopyable, Sendable {
  case attached
  case mapped
  /// Mapped still, and told to let go.
  case told
  case detached

  /// Whether its importer can reach the memory.
  @inlinable public var isMapped: Bool { self == .mapped || self == .told }
}

/// What a revocation that is asked for comes to.
public enum RevocationStart: Hashable, BitwiseCopyable, Sendable {
  /// The buffer is `revoking` from here on.
  case begin
  /// One was there before: it is permanent from now on.
  case becomesPermanent(BufferLife)
  /// There is nothing to do.
  case nothing
  case refused(SharingGuard)
}
