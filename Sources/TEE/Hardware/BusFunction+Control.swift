import PCI
import Primitives

/// What a driver keeps over a reset and writes back.
struct SavedRegisters: Hashable, Sendable {
  var command: CommandRegister
  var bars: [Int: HostPhysicalAddress]
  var msixControl: UInt16?
}

/// Configuration as the kernel's driver does it: real writes to real registers.
extension BusFunction {
  /// COMMAND.MEM. While the function is away in a reset it goes into what will be restored.
  public mutating func setMemoryEnable(_ on: Bool) { change(.memorySpace, on) }
  /// COMMAND.BME.
  public mutating func setBusMaster(_ on: Bool) { change(.busMaster, on) }

  private mutating func change(_ bit: CommandRegister, _ on: Bool) {
    if saved != nil {
      if on { saved?.command.insert(bit) } else { saved?.command.remove(bit) }
      return
    }
    write(command: on ? registers.command.union(bit) : registers.command.subtracting(bit))
  }

  mutating func write(command: CommandRegister) { write(0x04, width: 2, UInt32(command.rawValue)) }

  /// FLR: everything that software wrote is gone, in configuration space and behind the BARs.
  public mutating func beginReset() {
    guard saved == nil else { return }
    var bars: [Int: HostPhysicalAddress] = [:]
    for bar in registers.bars { bars[bar.index] = bar.address }
    let control = registers.capabilities[.msix].map { registers.space.word($0.offset + 2) & 0xC000 }
    saved = SavedRegisters(command: registers.command, bars: bars, msixControl: control)
    registers.functionLevelReset()
    notice([.functionLevelReset])
    engine.reset()
    followMessageControl()
  }

  /// The driver restores what it saved; the function is in D0.
  public mutating func endReset() {
    setPower(.d0)
    guard let kept = saved else { return }
    saved = nil
    place(kept.bars)
    if let control = kept.msixControl, let msix = registers.capabilities[.msix] {
      write(msix.offset + 2, width: 2, UInt32(control))
    }
    write(command: kept.command)
    followMessageControl()
  }

  /// D3hot forgets what is behind the BARs; configuration space is kept or restored by the driver.
  public mutating func setPower(_ state: PCI.PowerState) {
    guard let power = registers.capabilities[.powerManagement] else { return }
    let old = registers.space.word(power.offset + 4)
    write(power.offset + 4, width: 2, UInt32(old & 0x7FFC | UInt16(state.rawValue)))
    if state == .d3hot { engine.reset() }
  }

  /// The engine sends messages only as MSI-X is enabled and not masked.
  mutating func followMessageControl() {
    if let msix = registers.msix { engine.messagesEnabled = msix.isEnabled && !msix.isMasked }
  }

  mutating func place(_ addresses: [Int: HostPhysicalAddress]) {
    for bar in registers.bars {
      guard let address = addresses[bar.index] else { continue }
      write(bar.offset, width: 4, UInt32(truncatingIfNeeded: address.rawValue))
      if bar.is64Bit { write(bar.offset + 4, width: 4, UInt32(truncatingIfNeeded: address.rawValue >> 32)) }
    }
  }
}

extension BusFunction {
  /// The enable bit of the MSI-X capability, where there is one.
  public mutating func enableMessages(_ on: Bool) {
    guard let msix = registers.capabilities[.msix] else { return }
    write(msix.offset + 2, width: 2, on ? 0x8000 : 0)
    followMessageControl()
  }

  /// All vectors masked and unmasked by one bit each way, as the kernel does when it sets up interrupts (Linux, `msix_capability_init`).
  public mutating func maskAndUnmaskMessages() {
    guard saved == nil, let msix = registers.capabilities[.msix] else { return }
    let control = registers.messageControl
    write(msix.offset + 2, width: 2, UInt32(control | 1 << 14))
    write(msix.offset + 2, width: 2, UInt32(control))
    followMessageControl()
  }
}
