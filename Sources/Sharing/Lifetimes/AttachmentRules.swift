import Primitives

/// Who gets in, who maps, who may look (linux.md section 1).
extension SharingLaw {
  /// The lifetime class of a new attachment: the one that is wanted, else the freest of those that both sides bear.
  /// - Parameters:
  ///   - offered: by the exporter.
  ///   - bearable: for the importer.
  ///   - wanted: by the importer, who takes no other then.
  @inlinable public func lifetime(offered: LifetimeClasses, bearable: LifetimeClasses, wanted: LifetimeClass? = nil) -> LifetimeClass? {
    let both = offered.intersection(bearable)
    if let wanted { return holds(.attachLifetime, both.has(wanted)) ? wanted : nil }
    return both.freest ?? (holds(.attachLifetime, false) ? offered.freest : nil)
  }

  @inlinable public func refusalToAttach(_ life: BufferLife) -> SharingGuard? { refusal(.attachLive, unless: life == .live) }

  /// Whether somebody may begin something with the memory: a mapping of an importer, of a CPU, an access, a guest's page fault.
  @inlinable @inline(__always) public func refusalToUse(_ life: BufferLife) -> SharingGuard? { refusal(.mapLive, unless: life == .live) }

  @inlinable @inline(__always) public func refusalToMap(_ life: BufferLife, _ stage: AttachmentStage) -> SharingGuard? {
    refusalToUse(life) ?? refusal(.mapOnce, unless: stage == .attached)
  }

  /// Whether somebody may have a frame's number.
  /// - Parameters:
  ///   - isHeld: whether who asks holds the buffer's reservation at this moment, and until the frame is entered in its tables.
  ///   - life: of the buffer.
  ///   - stage: of the attachment for which it is asked.
  @inlinable @inline(__always) public func refusalOfFrame(isHeld: Bool, _ life: BufferLife, _ stage: AttachmentStage) -> SharingGuard? {
    refusal(.frameReservation, unless: isHeld) ?? refusal(.frameLive, unless: life == .live)
      ?? refusal(.frameMapped, unless: stage == .mapped)
  }

  /// Whether the bytes are there: a buffer that is being moved or cleared is where it will be, and empty.
  @inlinable @inline(__always) public func mayUse(isKernelWorkOver: Bool) -> Bool { holds(.useSettled, isKernelWorkOver) }

  /// Whether an attachment may keep the buffer as it is for a while.
  /// - Parameters:
  ///   - life: of the buffer.
  ///   - stage: of the attachment.
  @inlinable public func refusalToPin(_ life: BufferLife, _ stage: AttachmentStage) -> SharingGuard? {
    refusal(.pinLive, unless: life == .live) ?? refusal(.pinAttached, unless: stage != .detached)
  }
  @inlinable public func refusalToUnpin(pins: Int) -> SharingGuard? { refusal(.pinHeld, unless: pins > 0) }
}
