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

  /// Bytes: 64 KiB, of which four pages mean something.
  public static let barSize: UInt64 = 0x1_0000
  package static let identity: UInt64 = 0x4D44_5245_4646_4F43

  private var registers = [UInt64](repeating: 0, count: CopyEngineRegister.allCases.count)
  private var secrets = [UInt8](repeating: 0, count: 4096)
  private var mailbox = [UInt8](repeating: 0, count: 4096)
  public internal(set) var messages = MessageTable()
  /// The MSI-X capability's enable without its function mask; the machine keeps it in step with configuration space.
  public var messagesEnabled = true
  public internal(set) var trouble = Trouble.none

  public init() {}

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
    self = Self()
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

/// Programmed I/O. Offsets count from the start of BAR0.
extension CopyEngine {
  /// 1, 2, 4 or 8 bytes from the memory pages, 4 or 8 from registers and table. What is unaligned or outside reads as ones.
  public func read(_ offset: UInt64, width: Int) -> UInt64 {
    let ones = width >= 8 ? UInt64.max : (1 << (8 * UInt64(max(width, 0)))) - 1
    guard let (page, at) = locate(offset, width) else { return ones }
    switch page {
    case .registers?:
      guard width >= 4 else { return ones }
      let value = CopyEngineRegister(rawValue: at / 8).map { self[$0] } ?? 0
      return width == 8 ? value : value >> (8 * UInt64(at % 8)) & 0xFFFF_FFFF
    case .secrets?: return load(secrets, at, width)
    case .mailbox?: return load(mailbox, at, width)
    case .messages?:
      guard width >= 4 else { return ones }
      return UInt64(messages.read(at)) | (width == 8 ? UInt64(messages.read(at + 4)) << 32 : 0)
    case nil: return 0
    }
  }

  /// The same widths; what is unaligned, outside or read-only is ignored, as hardware does.
  @discardableResult
  public mutating func write(_ offset: UInt64, width: Int, _ value: UInt64) -> Signal {
    guard let (page, at) = locate(offset, width) else { return .nothing }
    switch page {
    case .registers?: return width >= 4 ? writeRegister(at, width, value) : .nothing
    case .secrets?: store(&secrets, at, width, value)
    case .mailbox?: store(&mailbox, at, width, value)
    case .messages?:
      guard width >= 4 else { return .nothing }
      messages.write(at, UInt32(truncatingIfNeeded: value))
      if width == 8 { messages.write(at + 4, UInt32(truncatingIfNeeded: value >> 32)) }
      return .doorbell
    case nil: break
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

  /// The page, nil behind the last; nil altogether for an access that no hardware answers.
  private func locate(_ offset: UInt64, _ width: Int) -> (CopyEnginePage?, Int)? {
    guard [1, 2, 4, 8].contains(width), offset % UInt64(width) == 0, offset < Self.barSize else { return nil }
    return (CopyEnginePage(rawValue: Int(offset >> 12)), Int(offset & 0xFFF))
  }

  private func load(_ page: [UInt8], _ at: Int, _ width: Int) -> UInt64 {
    (0..<width).reduce(0) { $0 | UInt64(page[at + $1]) << (8 * UInt64($1)) }
  }
  private func store(_ page: inout [UInt8], _ at: Int, _ width: Int, _ value: UInt64) {
    for i in 0..<width { page[at + i] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(i))) }
  }
}
