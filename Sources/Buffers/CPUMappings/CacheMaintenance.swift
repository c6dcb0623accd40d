/// Memory that CPU and device see each through something of their own (`RangeAttributes.needsSync`): a cache that the device does not look
/// into, or a bounce buffer. The CPU's mappings have a copy, and the two are brought together where the CPU says that it begins and that it is
/// done (dma-buf.h, `begin_cpu_access` and `end_cpu_access`; `DMA_BUF_IOCTL_SYNC`).
///
/// All of it under the reservation.
struct CacheMaintenance: Sendable {
  /// What the CPU sees. Nobody has it before the first CPU mapping.
  private(set) var copy: Backing?
  private var isWriting = false
  /// The copy is the owner's, encrypted where anything is; what the device sees is the bounce buffer, which is not.
  private var isEncrypted = false

  /// What the CPU maps: the copy where one is needed, and the memory itself elsewhere.
  /// - Parameter protection: what the CPU maps it with.
  mutating func cpuSide(of memory: Backing, _ ranges: RangeList, _ protection: PageProtection) throws(BufferError) -> Backing {
    guard ranges.contains(where: \.attributes.needsSync) else { return memory }
    if let copy { return copy }
    let made = try memory.companion()
    try memory.copy(to: made, reading: false, writing: protection.isEncrypted)
    (copy, isEncrypted) = (made, protection.isEncrypted)
    return made
  }

  /// The CPU begins: what its cache has of the memory is thrown away, and read anew. Not under who is writing already.
  mutating func begin(_ memory: Backing?, writing: Bool) throws(BufferError) {
    if let copy, let memory, !isWriting { try memory.copy(to: copy, reading: false, writing: isEncrypted) }
    isWriting = isWriting || writing
  }

  /// The CPU is done: what it wrote goes to the memory.
  /// - Parameter isLast: whether nobody else is between begin and end.
  mutating func end(_ memory: Backing?, isLast: Bool) {
    guard isWriting else { return }
    isWriting = !isLast
    // A memory that is gone has nobody to read it.
    if let copy, let memory { try? copy.copy(to: memory, reading: isEncrypted, writing: false) }
  }

  /// Nobody outside reaches the copy any more.
  func takeFromOthers() { do { try copy?.takeFromOthers() } catch { copy?.close() } }
  func close() { copy?.close() }
}
