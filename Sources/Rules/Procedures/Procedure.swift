/// What the host can be in the middle of. Each is a file of steps; `none` is an idle task.
public enum Procedure: Small {
  case none
  case connect, createVM, open, export, bind, accept, relay
  case faultShared, faultPrivate
  case unbind, reset, memoryOff, memoryOn, powerDown, powerUp, convert
  case close, vmmCrash, teardown, disconnect

  /// As files and the command line write it.
  public var id: String {
    switch self {
    case .createVM: "create-vm"
    case .faultShared: "fault-shared"
    case .faultPrivate: "fault-private"
    case .memoryOff: "memory-off"
    case .memoryOn: "memory-on"
    case .powerDown: "power-down"
    case .powerUp: "power-up"
    case .vmmCrash: "vmm-crash"
    default: name
    }
  }

  public init?(id: String) {
    guard let found = Self.allCases.first(where: { $0.id == id && $0 != .none }) else { return nil }
    self = found
  }

  /// The guest's doing, by touching a page.
  @inlinable public var isFault: Bool { self == .faultShared || self == .faultPrivate }

  /// Who asks for it: the lane in which its request is drawn.
  public var requester: String {
    switch self {
    case .faultShared, .faultPrivate: "guest"
    case .vmmCrash, .teardown: "kvm"
    case .connect, .disconnect: "tsm"
    default: "vmm"
    }
  }
}
