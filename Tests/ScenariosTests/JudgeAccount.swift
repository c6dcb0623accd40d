/// What the judge believes, kept from the names and parameters of calls alone. Epochs are real numbers that only grow, where the
/// rules keep ages; a difference between the two kinds of book-keeping is a finding.
struct JudgeAccount {
  enum Life: Int {
    case absent, building, runnable, dead, blocked, writtenBack, tornDown, released
    var isGone: Bool { rawValue >= Life.blocked.rawValue }
  }

  /// An entry of the secure EPT: MMIO or memory.
  struct Entry {
    enum State { case free, pending, mapped, blocked, pendingBlocked }
    var state = State.free
    /// The device's page behind it.
    var frame = 0
    /// The epoch in which it was blocked.
    var stamp = 0
    var isBlocked: Bool { state == .blocked || state == .pendingBlocked }
  }

  struct Page {
    enum Metadata { case absent, data, mapped }
    var entry = Entry()
    var metadata = Metadata.absent
    var isShared = false
  }

  /// A TDISP message between REQUEST and RESPONSE.
  struct Conversation {
    var message: JudgedInterface.Message
    /// START carries the nonce of the lock in which it was asked for, which is not the last one.
    var isOld = false
    var isAnswered = false, isError = false
    var isFreshStart: Bool { message == .start && !isOld }
    /// What GET_STATE was answered with.
    var reported = JudgedInterface.State.unlocked
  }

  struct Device {
    var tdi = JudgedInterface()
    var memory = false, busMaster = false, isAsleep = false, isInReset = false, isOpen = false
    /// Decoding, and there.
    var answers: Bool { memory && !isInReset && !isAsleep }
    enum Transfer { case shared, trusted }
    var transfer: Transfer?
    /// The first word of the device's memory for secrets, and whether anything private is in there.
    var secret: UInt64 = 0, holdsPrivate = false

    enum Session { case none, created, connected, ending }
    enum Stream { case absent, created, rxOnly, ready, blocked }
    var session = Session.none, stream = Stream.absent, keys = 0, isInsecure = false
    var isStarting: Bool { stream == .created || stream == .rxOnly }
    /// What the module has sent for them and not taken the answer of.
    enum Exchange { case handshake, key, go, end }
    var exchange: (of: Exchange, isAnswered: Bool)?

    /// The firmware's object for the interface, and its record of the state.
    var hasObject = false, recorded = JudgedInterface.State.unlocked
    var conversation: Conversation?
    var isValid = false
    /// What the TD has asked for and the host has not sent, and the answer that waits for the TD.
    var asked: Conversation?, waiting: Conversation?
    var isTalkOfGuest: Bool { conversation?.message == .report || conversation?.message == .start }
    enum Evidence { case none, asked, collected, checked, ofAnotherLock }
    var evidence = Evidence.none
    var looksChecked: Bool { evidence == .checked || evidence == .ofAnotherLock }

    enum Context {
      case free, pending, present, blocked, pendingBlocked
      /// What the IOMMU's table says.
      var name: String { self == .pendingBlocked ? "blocked" : "\(self)" }
      var isBlocked: Bool { self == .blocked || self == .pendingBlocked }
      /// The TD has agreed to it, and it is not removed: counted for its IOMMU.
      var isAccepted: Bool { self == .present || self == .blocked }
    }
    enum Invalidation { case owed, queued, done }
    var context = Context.free, invalidation = Invalidation.owed
    /// What the IOMMU holds: the context, and the units that were reached through it.
    var contextIsCached = false, cachedUnits: Set<Int> = []
    var pages: [Page] = []
    /// The kernel's own: bound in the TSM core, a reference on the VM.
    var isBound = false, holdsVM = false
    /// The VM was taken once more while it was held: one reference is noted, and one given back.
    var hasLostReference = false
    /// The VM was given back while the firmware had an object for the interface.
    var wasPutTooEarly = false

    /// The device's memory is empty.
    mutating func forget() { (secret, holdsPrivate) = (0, false) }
    /// The module vouches no longer; what the guest believes it goes on believing.
    mutating func withdraw() { isValid = false }
    /// The object comes or goes, and all that was said through it.
    mutating func forgetTalk() {
      (conversation, asked, waiting) = (nil, nil, nil)
      if evidence == .asked { evidence = .none }
      withdraw()
    }
    /// A tracked change: transfers are lost, a locked interface is in ERROR.
    mutating func change() {
      transfer = nil
      tdi.configurationChanged()
    }
  }

  /// A line of RAM: whose, and what was last written to it in clear.
  struct Line {
    var isOwned = false, isPoisoned = false
    var bytes = [UInt8](repeating: 0, count: 64)
  }

  var life = Life.absent, isFatal = false, vmmIsAlive = true
  var isInside = false, epoch = 0, sampledEpoch = 0, iotlbOwed = false
  /// The guest's access that has begun and not ended.
  var access: (device: Int, isSecure: Bool)?
  var queuesEverything = false
  var devices: [Device]
  var units: [Entry]
  /// The device whose frame a task has looked up for a fault.
  var frameOfDevice: [Int?] = [nil, nil]
  /// Translations that a CPU may have cached: guest page to bus page.
  var mayBeCached: [UInt64: UInt64] = [:]
  /// Where each unit's watched line came to lie when its frame was given.
  var watched: [Int: UInt64] = [:]
  /// By bus address.
  var lines: [UInt64: Line] = [:]

  var guestRuns: Bool { isInside && life == .runnable && vmmIsAlive }
  /// Locks by what they are over, and the task that holds each.
  var locks: [String: Int] = [:]
  /// Importers whose work is under way, and those that were told to let go.
  var using: Set<Int> = [], told: Set<Int> = []
  /// The VMM does as it likes: what its own VM suffers is its own doing.
  var misbehaves = false
  /// What a call did wrong by its parameters alone; the judge takes it from here.
  var wrongs: [Harm] = []

  /// Nobody is at work on the device: no lock of it is held.
  func isAtRest(_ d: Int) -> Bool { !locks.keys.contains { $0 == "device-set" || $0.hasSuffix(" \(d)") } }
  func isReserved(_ d: Int) -> Bool { locks["reservation \(d)"] != nil }
  var hasObjects: Bool { devices.contains { $0.hasObject } }
  var hasAcceptedDMA: Bool { devices.contains { $0.context.isAccepted } }
  /// TDX module: INITIALIZED or RUNNABLE, and not fatal.
  var isOperable: Bool { life != .absent && !life.isGone && !isFatal }

  /// No CPU can hold what was blocked in epoch `stamp`. TDX module, TLB tracking, in real epochs.
  func cpuIsTracked(_ stamp: Int) -> Bool { stamp < epoch - 1 || (stamp == epoch - 1 && !(isInside && sampledEpoch == epoch - 1)) }
  func iommuIsTracked(_ stamp: Int) -> Bool { stamp < epoch - 1 || (stamp == epoch - 1 && !iotlbOwed) }

  mutating func endVM(isFatal: Bool) {
    guard life == .runnable || life == .building else { return }
    (life, self.isFatal, isInside, access) = (.dead, isFatal, false, nil)
    for d in devices.indices where devices[d].conversation?.isFreshStart != true && devices[d].asked?.isFreshStart != true {
      devices[d].evidence = .none
    }
  }
}
