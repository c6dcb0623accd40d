import Memory
import Rules

/// What the VMM, the kernel and those who should not do, by name. Each is made of actions that are in the log.
extension Machine {
  /// SPDM session and IDE stream; needs no VM.
  @discardableResult public func connect(_ d: UInt8) -> RunReport { run(.connect, d) }
  /// The TD with its private memory, ready to run.
  @discardableResult public func createVM() -> RunReport { run(.createVM) }
  @discardableResult public func open(_ d: UInt8) -> RunReport { run(.open, d) }
  /// The BAR as a buffer, with a guest memory slot over it.
  @discardableResult public func export(_ d: UInt8) -> RunReport { run(.export, d) }
  @discardableResult public func bind(_ d: UInt8) -> RunReport { run(.bind, d) }
  @discardableResult public func unbind(_ d: UInt8) -> RunReport { run(.unbind, d) }
  @discardableResult public func reset(_ d: UInt8) -> RunReport { run(.reset, d) }
  @discardableResult public func memoryOff(_ d: UInt8) -> RunReport { run(.memoryOff, d) }
  @discardableResult public func memoryOn(_ d: UInt8) -> RunReport { run(.memoryOn, d) }
  @discardableResult public func close(_ d: UInt8) -> RunReport { run(.close, d) }
  @discardableResult public func disconnect(_ d: UInt8) -> RunReport { run(.disconnect, d) }

  /// Everything before the guest runs, for all devices. The first procedure that did not complete, or nil.
  public func setUp() -> (procedure: Procedure, report: RunReport)? {
    func failed(_ procedure: Procedure, _ d: UInt8) -> (procedure: Procedure, report: RunReport)? {
      let report = run(procedure, d)
      return report.isComplete ? nil : (procedure, report)
    }
    for d in devices { if let stop = failed(.connect, d) { return stop } }
    if let stop = failed(.createVM, 0) { return stop }
    for d in devices { if let stop = failed(.open, d) ?? failed(.export, d) { return stop } }
    enterGuest()
    return nil
  }

  /// The VMM's process dies; the kernel closes what it had open.
  @discardableResult
  public func crash() -> [RunReport] {
    attempt(.crashVMM)
    return devices.filter { world.flag(.isOpen, $0) }.map { run(.vmmCrash, $0) }
  }

  /// The VMM exits, if it has not, and the TD is destroyed.
  @discardableResult
  public func teardown() -> RunReport {
    if world.flag(.vmmIsAlive) { attempt(.crashVMM) }
    return run(.teardown)
  }

  // MARK: What a VMM writes

  public enum VMMWrite: String, Sendable {
    /// COMMAND.BME off and on: what a locked interface tracks, and what VFIO passes on unfiltered (Linux 7.1, vfio_pci_config.c).
    case command = "COMMAND.BME"
    /// An entry of the MSI-X table, in its BAR.
    case messages = "MSI-X table"
    /// VFIO_DEVICE_SET_IRQS, for which the kernel writes Message Control of MSI-X. The VMM's own writes to that capability VFIO drops.
    case interrupts = "MSI-X Message Control"
    /// GO to the DOE mailbox, whose capability VFIO hides: the bytes themselves it passes on unfiltered (the same).
    case mailbox = "DOE control"
  }

  /// What a log calls a write that does not reach the device.
  public static let keptWrite = "vfio.keep-write"

  /// A write of the VMM through VFIO. By policy VFIO keeps it from a device that is bound, so that its own VMM cannot push the device into
  /// ERROR, and those to the mailbox, through which the kernel may speak at any time, from one that is open; or it passes it on, and the rules say what becomes of that.
  @discardableResult
  public func vmmWrites(_ what: VMMWrite, _ d: UInt8) -> Event {
    if keepsBound, world.flag(what == .mailbox ? .isOpen : .isBound, d) {
      return note(
        "vmm", "vfio", Self.keptWrite, object: id(d).description, .refused, code: "EBUSY", args: [Event.Argument("note", what.rawValue)])
    }
    switch what {
    case .command: return attempt(.cycleBusMaster(device: d)).event
    case .interrupts: return attempt(.setInterrupts(device: d)).event
    case .mailbox: return attempt(.spoilMailbox(device: d)).event
    case .messages:
      switch file.devices[Int(d)].messages {
      case .page(let page): return attempt(.hostTouchesPage(device: d, page: page)).event
      case .hidden(let place): return touchHiddenTable(d, at: place)
      case .absent:
        return note(
          "vmm", "vfio", Self.keptWrite, object: id(d).description, .refused, code: "EINVAL",
          args: [Event.Argument("reason", "the function has no MSI-X capability")])
      }
    }
  }

  /// An action as a scenario writes it. What is a VMM's write goes the way of those.
  public func act(_ action: Action) -> Event {
    switch action {
    case .cycleBusMaster(let d) where action.fits(book.bounds): vmmWrites(.command, d)
    case .setInterrupts(let d) where action.fits(book.bounds): vmmWrites(.interrupts, d)
    case .spoilMailbox(let d) where action.fits(book.bounds): vmmWrites(.mailbox, d)
    default: attempt(action).event
    }
  }

  // MARK: Those who should not

  /// The host's CPU at a page of a device. What it got: ones where the device or the bus rejects it.
  @discardableResult
  public func hostTouches(_ d: UInt8, page p: UInt8) -> Attempt { attempt(.hostTouchesPage(device: d, page: p)) }
  /// Another device at the same page.
  @discardableResult
  public func peerTouches(_ d: UInt8, page p: UInt8) -> Attempt { attempt(.peerTouchesPage(device: d, page: p)) }
  /// The host's CPU reads private memory; zeros, if the TD owns it.
  @discardableResult
  public func hostReads(_ m: UInt8, at offset: UInt64? = nil, count: Int = Int(MemoryLine.bytes)) -> Attempt {
    attempt(.hostReads(unit: m), Detail(memory: offset.map { [.read($0, count: count)] } ?? []))
  }
  /// The host's CPU writes it: nothing stops it, and the guest will notice.
  @discardableResult
  public func hostWrites(_ m: UInt8, at offset: UInt64? = nil, _ bytes: [UInt8] = [UInt8](repeating: 0xBD, count: 64)) -> Attempt {
    attempt(.hostWrites(unit: m), Detail(memory: offset.map { [.write($0, bytes)] } ?? []))
  }
  /// Another device reads it without T bit.
  @discardableResult
  public func peerReads(_ m: UInt8) -> Attempt { attempt(.peerTouches(unit: m)) }
}
