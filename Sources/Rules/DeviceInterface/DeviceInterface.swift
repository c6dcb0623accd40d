/// A TDI as its device keeps it: the state, whether the START nonce of this lock still lives, and whether private data of a
/// tenant is left inside. PCIe 6.0 section 11.3; PCIe 6.0, TDISP.
public struct DeviceInterface: Hashable, BitwiseCopyable, Sendable {
  public var state = InterfaceState.configUnlocked
  public var nonceIsLive = false
  public var holdsSecrets = false

  @inlinable public init(state: InterfaceState = .configUnlocked, nonceIsLive: Bool = false, holdsSecrets: Bool = false) {
    (self.state, self.nonceIsLive, self.holdsSecrets) = (state, nonceIsLive, holdsSecrets)
  }
}

/// What LOCK_INTERFACE_REQUEST finds on the device. PCIe 6.0 section 11.3.8.
public struct LockConditions: Hashable, BitwiseCopyable, Sendable {
  /// All six sub-stream keys are set, over the session that carries the request.
  public var keysAreSet = true
  /// No phantom functions, no overlapping BARs, a sane page size, a matching default stream on TC0.
  public var configurationIsValid = true
  public var entropyIsAvailable = true
  @inlinable public init() {}
}

extension DeviceInterface {
  /// LOCK_INTERFACE_REQUEST: drains the device, starts tracking, makes a nonce.
  @inlinable public mutating func lock(_ found: LockConditions, under law: Law) -> Outcome {
    guard law.holds(.lockState, state == .configUnlocked) else { return .refused(.lockState) }
    guard law.holds(.lockKeys, found.keysAreSet) else { return .refused(.lockKeys) }
    guard law.holds(.lockConfiguration, found.configurationIsValid) else { return .refused(.lockConfiguration) }
    guard law.holds(.lockEntropy, found.entropyIsAvailable) else { return .refused(.lockEntropy) }
    (state, nonceIsLive) = (.configLocked, true)
    return .accepted
  }

  /// GET_DEVICE_INTERFACE_REPORT of the portion `offset ..< offset + length`; a portion starts inside the report.
  @inlinable public func report(offset: UInt32, of size: UInt32, under law: Law) -> Outcome {
    guard law.holds(.reportState, state.isLocked) else { return .refused(.reportState) }
    guard law.holds(.reportOffset, offset < size) else { return .refused(.reportOffset) }
    return .accepted
  }

  /// START_INTERFACE_REQUEST: consumes the nonce of this lock.
  @inlinable public mutating func start(nonceMatches: Bool, under law: Law) -> Outcome {
    guard law.holds(.startState, state == .configLocked) else { return .refused(.startState) }
    guard law.holds(.startNonce, nonceMatches && nonceIsLive) else { return .refused(.startNonce) }
    (state, nonceIsLive) = (.run, false)
    return .accepted
  }

  /// STOP_INTERFACE_REQUEST: legal in every state. Aborts, drains, scrubs.
  @inlinable public mutating func stop(under law: Law) {
    if !law.isDropped(.stopScrubs) { holdsSecrets = false }
    (state, nonceIsLive) = (.configUnlocked, false)
  }

  /// BIND_P2P_STREAM, UNBIND_P2P_STREAM and SET_MMIO_ATTRIBUTE: optional, and a failure never changes the state.
  @inlinable public func configureWhileRunning(isSupported: Bool, under law: Law) -> Outcome {
    guard law.holds(.runConfigurationSupported, isSupported) else { return .refused(.runConfigurationSupported) }
    guard law.holds(.runConfigurationState, state == .run) else { return .refused(.runConfigurationState) }
    return .accepted
  }

  /// Something that a locked interface tracks has changed: the nonce dies with it.
  @inlinable public mutating func configurationChanged(under law: Law) {
    guard state.isLocked, !law.isDropped(.trackingEntersError) else { return }
    (state, nonceIsLive) = (.error, false)
  }

  /// A conventional reset: keys and data are gone. An FLR is *not* this: it goes through `configurationChanged`.
  @inlinable public mutating func conventionalReset() { self = DeviceInterface() }
}
