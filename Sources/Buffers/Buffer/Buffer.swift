import Primitives
import Sharing
import Synchronization

/// Memory of a fixed size that an exporter shares with importers, and may have to move or take back (Linux: dma_buf).
///
/// ```swift
/// let handle = try memory.makeBuffer(named: "frame", bytes: 8 << 20)
/// let attachment = try handle.buffer.attach(device, as: Revocable.self)
/// let mapping = try attachment.map()
/// ```
///
/// It lives as long as somebody has a `BufferHandle` or an attachment. What changes in it is guarded by its reservation; functions that say
/// `held` are called with that lock in hand, all others without any reservation.
public final class Buffer: @unchecked Sendable {
  /// Bytes; it never changes.
  public let size: UInt64
  public let exporter: any Exporter
  public let terms: ExporterTerms
  public let reservation = Reservation()
  /// A number that no other buffer of the process has had (the `ino` of `bufinfo`).
  public let number: UInt64
  public let since: MonotonicTime

  // Under the reservation. Others than the room itself ask for a `status`, which is of one moment.
  package internal(set) var life = BufferLife.live
  var custody = MemoryCustody.lent
  package internal(set) var ranges: RangeList
  package internal(set) var placement: Placement
  package internal(set) var attachments: [AttachmentRecord] = []
  /// What cannot be undone while it lasts: attachments of the class pinned, pins of movable ones, and long CPU mappings.
  package internal(set) var pins = 0
  /// Moves so far: an address of an earlier one is not valid.
  package internal(set) var moves: UInt64 = 0
  /// The bytes, where this process has them.
  package internal(set) var backing: Backing?
  var cpuMappings: [CPUWindow] = []
  var longCPUMappings = 0
  package internal(set) var cpuAccesses = 0
  var cache = CacheMaintenance()

  /// A revocation is under way; who waits for it sleeps at the buffer.
  let isBeingRevoked = Atomic(false)
  /// Who has a claim without an attachment, by name: clients.
  let claims = Mutex<[String]>([])
  let mappings = MappingCount()
  private let handles = Atomic<Int>(1)
  private let nameLock: Mutex<BufferName>
  private static let lastNumber = Atomic<UInt64>(0)

  /// For exporters. The buffer has one handle, and is found by reports from now on.
  public static func export(
    _ name: BufferName, by exporter: any Exporter, _ terms: ExporterTerms, _ ranges: RangeList, placement: Placement = .system,
    backing: Backing? = nil, isRevoked: Bool = false
  ) -> BufferHandle {
    let buffer = Buffer(name, exporter, terms, ranges, placement, backing)
    // A function that does not decode memory exports what is revoked from the start (vfio_pci_dmabuf.c).
    if isRevoked { buffer.life = .revoked(.restorable) }
    BufferRegistry.shared.add(buffer)
    return BufferHandle(buffer)
  }

  private init(
    _ name: BufferName, _ exporter: any Exporter, _ terms: ExporterTerms, _ ranges: RangeList, _ placement: Placement, _ backing: Backing?
  ) {
    (size, self.exporter, self.terms, self.ranges) = (ranges.length, exporter, terms, ranges)
    (self.placement, self.backing) = (placement, backing)
    nameLock = Mutex(name)
    number = Self.lastNumber.add(1, ordering: .relaxed).newValue
    since = .now
  }

  /// What people call it. Threads: any.
  public var name: BufferName {
    get { nameLock.withLock { $0 } }
    set { nameLock.withLock { $0 = newValue } }
  }
  /// The name, or its number where it has none.
  var label: String {
    let name = name.description
    return name.isEmpty ? "#\(number)" : name
  }

  func error(_ code: BufferError.Code, _ reason: String, holders: [String] = []) -> BufferError {
    BufferError(code, reason, buffer: label, holders: holders)
  }

  /// How a buffer stood at one moment.
  public struct Status: Hashable, Sendable {
    public let life: BufferLife
    public let placement: Placement
    /// Attachments, and how many of them are mapped.
    public let attachments: Int, mapped: Int
    public let pins: Int
    public let moves: UInt64
    /// CPU accesses that were begun and not ended.
    public let cpuAccesses: Int
  }

  /// How it stands. Takes the reservation.
  public var status: Status { reservation.withLock { held in status(held) } }

  /// The same for who has the reservation.
  public func status(_ held: borrowing Reservation.Held) -> Status {
    Status(
      life: life, placement: placement, attachments: attachments.count, mapped: attachments.count(where: \.isMapped), pins: pins, moves: moves,
      cpuAccesses: cpuAccesses)
  }

  /// Mappings of importers at this moment. Threads: any.
  public var mappingCount: Int { mappings.count }

  // MARK: Handles

  @inline(__always) func retainHandle() { handles.add(1, ordering: .relaxed) }

  /// For leak reports: somebody with a claim and no attachment.
  func enterClaim(of name: String) { claims.withLock { $0.append(name) } }
  func endClaim(of name: String) { claims.withLock { claims in if let at = claims.lastIndex(of: name) { claims.remove(at: at) } } }

  /// Another claim, for whoever has the buffer without one. Nil if it is released.
  public func handle() -> BufferHandle? {
    var count = handles.load(ordering: .relaxed)
    while count > 0 {
      let (done, seen) = handles.weakCompareExchange(expected: count, desired: count + 1, ordering: .relaxed)
      if done { return BufferHandle(self) }
      count = seen
    }
    return nil
  }

  @inline(__always) func releaseHandle() {
    if handles.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { release() }
  }

  /// Handles and attachments together: the `count` of `bufinfo`.
  public var handleCount: Int { handles.load(ordering: .relaxed) }

  @inline(never) private func release() {
    reservation.withLock { held in life = .released }
    BufferRegistry.shared.remove(self)
    cache.close()
    exporter.release(self)
  }
}

/// One's claim on a buffer: as long as there is one, the buffer stays (Linux: a reference on the file).
public struct BufferHandle: ~Copyable, Sendable {
  public let buffer: Buffer
  fileprivate init(_ buffer: Buffer) { self.buffer = buffer }

  /// Another claim, for another owner.
  public borrowing func duplicate() -> BufferHandle {
    buffer.retainHandle()
    return BufferHandle(buffer)
  }
  /// Gives the claim up; the same as letting the handle go out of scope.
  public consuming func close() {}

  deinit { buffer.releaseHandle() }
}
