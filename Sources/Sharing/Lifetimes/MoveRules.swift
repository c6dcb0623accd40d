import Primitives

/// How a buffer changes places under the importers that bear it.
extension SharingLaw {
  /// Asked before anybody is told.
  /// - Parameters:
  ///   - life: of the buffer.
  ///   - pins: attachments of the class pinned, and pins of movable ones.
  ///   - hasFixed: whether somebody has it mapped in a class that does not move.
  @inlinable public func refusalToMove(_ life: BufferLife, pins: Int, hasFixed: Bool) -> SharingGuard? {
    refusal(.moveLive, unless: life == .live) ?? refusal(.moveUnpinned, unless: pins == 0) ?? refusal(.moveClass, unless: !hasFixed)
  }

  /// Asked before the buffer is said to be in its new place.
  @inlinable public func refusalToRelocate(mappings: Int) -> SharingGuard? { refusal(.moveLetGo, unless: mappings == 0) }

  /// Asked before the first byte is copied.
  @inlinable public func refusalToCopy(isWorkOver: Bool) -> SharingGuard? { refusal(.moveWorkOver, unless: isWorkOver) }
}
