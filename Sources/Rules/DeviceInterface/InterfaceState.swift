/// The state of a TEE device interface (TDI), as the device itself is in it. PCIe 6.0 section 11.2: values 0 to 3 on the wire.
public enum InterfaceState: Small {
  case configUnlocked, configLocked, run, error

  /// LOCKED and RUN count as locked: a change of configuration then leads to ERROR.
  @inlinable public var isLocked: Bool { self == .configLocked || self == .run }
}

/// The state of the same interface as the TSM has it in its books. Another type than `InterfaceState` because the TSM never
/// polls the device: its record changes only when it processes a response. TDX Connect, device interfaces.
public enum RecordedState: Small {
  case unlocked, locked, run, error

  /// What a response that reports the device's state makes of the record; nil for a response that reports none.
  @inlinable public init?(reported answer: InterfaceAnswer) {
    switch answer {
    case .none, .errorResponse, .success, .mailboxError: return nil
    case .isUnlocked: self = .unlocked
    case .isLocked: self = .locked
    case .isRunning: self = .run
    case .isInError: self = .error
    }
  }
}

/// The TDISP requests that travel through the TSM.
public enum InterfaceRequest: Small {
  case none, lock, stop, report, start, state
  /// A START that was asked for before the last LOCK, and carries the nonce of the one before.
  case oldStart

  /// LOCK, STOP and a VMM's GET_STATE are the host's; REPORT and START belong to the TD. TDX Connect, device interfaces.
  @inlinable public var belongsToGuest: Bool { self == .report || isStart }
  @inlinable public var isStart: Bool { self == .start || self == .oldStart }
}

/// What the device's DOE mailbox holds for the host: the answer to the outstanding request, until the TSM processes it, or the error bit
/// that a stranger's write has left there. An answer to GET_STATE is as old as the relay: what happens to the interface afterwards is
/// not in it. Either, and no field for each: the explorer's word of a device has no bit left (`Field.place`).
public enum InterfaceAnswer: Small {
  case none, errorResponse, success
  case isUnlocked, isLocked, isRunning, isInError
  case mailboxError

  @inlinable public var isFromDevice: Bool { self != .none && self != .mailboxError }
  /// What is left when the answer is taken or forgotten: the error bit is of the mailbox and of no message.
  @inlinable public var withoutAnswer: Self { self == .mailboxError ? .mailboxError : .none }

  /// DEVICE_INTERFACE_STATE. PCIe 6.0 section 11.3.
  @inlinable public init(reporting actual: InterfaceState) {
    switch actual {
    case .configUnlocked: self = .isUnlocked
    case .configLocked: self = .isLocked
    case .run: self = .isRunning
    case .error: self = .isInError
    }
  }
}
