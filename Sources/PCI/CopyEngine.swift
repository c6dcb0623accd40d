/// The device behind BAR0: it copies guest memory, hashes what it moved and says so.
///
/// The guest writes descriptors (`CopyDescriptor`) into a ring, then the tail register. For each descriptor the engine
/// reads the source by DMA, writes the destination, hashes what it read, writes status and digest back, and sends an
/// MSI-X message. It trusts nothing: a bad ring stops it, a bad descriptor fails alone. No access has a side effect
/// beyond this value; DMA happens when the machine calls `step`, so that the machine decides what comes between.
public struct CopyEngine: Sendable {
  /// Why it stopped; cleared by reset.
  public enum Trouble: UInt8, Hashable, Sendable {
    case none = 0, badRing = 1, badTail = 2, ringFault = 3
  }
  /// What a register write asks of the machine.
  public enum Signal: Hashable, Sendable {
    case nothing
    /// There may be work: call `step` until it gives nil.
    case doorbell
    /// A reset took place.
    case reset
  }
  /// One descriptor's end.
  public struct Completion: Hashable, Sendable {
    public let index: Int
    public let descriptor: CopyDescriptor
    public let fault: BusFault?
  }

  /// Bytes: 64 KiB, of which three pages mean something, and those of the MSI-X table.
  public static let barSize: UInt64 = 0x1_0000
  package static let identity: UInt64 = 0x4D44_5245_4646_4F43

  private var registers = [UInt64](repeating: 0, count: CopyEngineRegister.allCases.count)
  private var secrets = [UInt8](repeating: 0, count: 4096)
  private var mailbox = [UInt8](repeating: 0, count: 4096)
  /// The BAR that it answers in; its table may stand in another one.
  public let bar: Int
  /// Where table and pending bits stand; nil where the function has no MSI-X, and sends no message.
  public let msix: MSIX?
  public internal(set) var messages: MessageTable
  /// The MSI-X capability's enable without its function mask; the machine keeps it in step with configuration space.
  public var messagesEnabled = true
  public internal(set) var trouble = Trouble.none

  public init(bar: Int = 0, msix: MSIX?) {
    (self.bar, self.msix) = (bar, msix)
    messages = MessageTable(count: msix?.count ?? 1)
  }

  public subscript(register: CopyEngineRegister) -> UInt64 {
    get {
      switch register {
      case .identity: Self.identity
      case .status: 1 | (trouble == .none ? 0 : 2) | UInt64(trouble.rawValue) << 8
      default: registers[register.rawValue]
      }
    }
    set { registers[register.rawValue] = newValue }
  }

  /// FLR and the reset bit: all that software ever wrote is gone.
  public mutating func reset() {
    let enabled = messagesEnabled
    self = Self(bar: bar, msix: msix)
    messagesEnabled = enabled
  }

  /// STOP: work is dropped and whatever the owner could have left on TEE pages is scrubbed. The host's pages stay.
  public mutating func scrub() {
    registers = registers.map { _ in 0 }
    secrets = secrets.map { _ in 0 }
    trouble = .none
  }

  public var hasWork: Bool {
    trouble == .none && self[.control] & 1 != 0 && self[.head] != self[.tail]
  }
}

/// Programmed I/O.
extension CopyEngine {
  /// 1, 2, 4 or 8 bytes from the memory pages, 4 or 8 from registers and table. What is unaligned or outside reads as ones.
  ///
  /// - Parameters:
  ///   - bar: That of the engine where nothing is said.
  ///   - offset: From the start of the BAR.
  public func read(bar: Int? = nil, _ offset: UInt64, width: Int) -> UInt64 {
    let ones = width >= 8 ? UInt64.max : (1 << (8 * UInt64(max(width, 0)))) - 1
    switch locate(bar ?? self.bar, offset, width) {
    case .nowhere: return ones
    case .empty: return 0
    case .register(let at):
      guard width >= 4 else { return ones }
      let value = CopyEngineRegister(rawValue: at / 8).map { self[$0] } ?? 0
      return width == 8 ? value : value >> (8 * UInt64(at % 8)) & 0xFFFF_FFFF
    case .secret(let at): return load(secrets, at, width)
    case .mail(let at): return load(mailbox, at, width)
    case .table(let at): return width < 4 ? ones : UInt64(messages.entry(at)) | (width == 8 ? UInt64(messages.entry(at + 4)) << 32 : 0)
    case .pending(let at):
      return width < 4 ? ones : UInt64(messages.pendingBits(at)) | (width == 8 ? UInt64(messages.pendingBits(at + 4)) << 32 : 0)
    }
  }

  /// The same widths; what is unaligned, outside or read-only is ignored, as hardware does.
  @discardableResult
  public mutating func write(bar: Int? = nil, _ offset: UInt64, width: Int, _ value: UInt64) -> Signal {
    switch locate(bar ?? self.bar, offset, width) {
    case .register(let at): return width >= 4 ? writeRegister(at, width, value) : .nothing
    case .secret(let at): store(&secrets, at, width, value)
    case .mail(let at): store(&mailbox, at, width, value)
    case .table(let at):
      guard width >= 4 else { return .nothing }
      messages.write(at, UInt32(truncatingIfNeeded: value))
      if width == 8 { messages.write(at + 4, UInt32(truncatingIfNeeded: value >> 32)) }
      return .doorbell
    case .nowhere, .empty, .pending: break
    }
    return .nothing
  }

  private mutating func writeRegister(_ at: Int, _ width: Int, _ value: UInt64) -> Signal {
    guard let register = CopyEngineRegister(rawValue: at / 8), register.isWritable else { return .nothing }
    var new = value
    if width == 4 {
      let shift = UInt64(8 * (at % 8))
      new = registers[register.rawValue] & ~(0xFFFF_FFFF << shift) | (value & 0xFFFF_FFFF) << shift
    }
    if register == .control {
      if new & 2 != 0 {
        reset()
        return .reset
      }
      new &= 1
    }
    registers[register.rawValue] = new
    // The upper half of the tail is no doorbell: a guest that writes halves would ring twice.
    return register == .control || (register == .tail && at % 8 == 0) ? .doorbell : .nothing
  }

  /// What answers at a place, and where in it.
  private enum Spot {
    case register(Int), secret(Int), table(Int), pending(Int), mail(Int)
    /// Of a BAR, with nothing there.
    case empty
    /// No hardware answers such an access.
    case nowhere
  }

  private func locate(_ bar: Int, _ offset: UInt64, _ width: Int) -> Spot {
    guard [1, 2, 4, 8].contains(width), offset % UInt64(width) == 0 else { return .nowhere }
    let page = bar == self.bar ? CopyEnginePage(rawValue: Int(truncatingIfNeeded: offset >> 12)) : nil
    let at = Int(offset & 0xFFF)
    if page == .registers { return .register(at) }
    if page == .secrets { return .secret(at) }
    if let msix {
      if bar == msix.table.bar, offset >= msix.table.offset, offset - msix.table.offset < msix.tableBytes {
        return .table(Int(offset - msix.table.offset))
      }
      if bar == msix.pendingBits.bar, offset >= msix.pendingBits.offset, offset - msix.pendingBits.offset < msix.pendingBytes {
        return .pending(Int(offset - msix.pendingBits.offset))
      }
      // A page that has some of them has nothing else.
      if !msix.attributes(bar: bar, offset: offset & ~0xFFF, bytes: 0x1000).isEmpty { return .empty }
    }
    if page == .mailbox { return .mail(at) }
    return bar == self.bar && offset >= Self.barSize ? .nowhere : .empty
  }

  private func load(_ page: [UInt8], _ at: Int, _ width: Int) -> UInt64 {
    (0..<width).reduce(0) { $0 | UInt64(page[at + $1]) << (8 * UInt64($1)) }
  }
  private func store(_ page: inout [UInt8], _ at: Int, _ width: Int, _ value: UInt64) {
    for i in 0..<width { page[at + i] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(i))) }
  }
}
