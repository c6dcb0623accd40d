import Documents
import Primitives

/// Capabilities: the list in the text against the lists in the bytes, and the fields that decide what the device can do.
extension DumpCheck {
  mutating func capabilities(_ walk: CapabilityWalk) {
    for listed in facts.capabilities {
      if listed.offset >= space.bytes.count {
        add(
          .cutDump, line: listed.line,
          "the text has a capability at \(hex(listed.offset)), the bytes end at \(hex(space.bytes.count))",
          expected: "all bytes that the text was decoded from")
        continue
      }
      guard let found = walk.capabilities.first(where: { $0.offset == listed.offset }) else {
        add(
          .contradictsCapability, line: listed.line,
          "the text has a capability at \(hex(listed.offset)), the lists in the bytes do not")
        continue
      }
      if !found.id.fits(text: listed.text) {
        add(
          .contradictsCapability, line: listed.line,
          "the text says \(quoted(listed.text)) at \(hex(listed.offset)), the bytes \(found.id)")
      } else if let version = listed.version, version != found.version {
        add(
          .contradictsCapability, line: listed.line,
          "the text says version \(version) of \(found.id) at \(hex(listed.offset)), the bytes \(found.version)")
      }
      fields(of: found, listed)
    }
    guard !facts.capabilities.isEmpty else { return }
    for capability in walk.capabilities where !facts.capabilities.contains(where: { $0.offset == capability.offset }) {
      add(
        .contradictsCapability, line: bytes.line(of: capability.offset),
        "the bytes have \(capability.id) at \(hex(capability.offset)), the text does not",
        expected: "text and bytes of the same function")
    }
  }

  /// The fields that decide what the device can do here.
  private mutating func fields(of capability: Capability, _ listed: DumpFacts.ListedCapability) {
    var truth: [(name: String, value: Bool)] = []
    switch capability.id {
    case .pciExpress:
      let express = PCIExpress(capability, in: space)
      func control(_ bit: UInt16) -> Bool { express.deviceControl >> bit & 1 != 0 }
      truth = [
        ("DevCap FLReset", express.functionLevelReset), ("DevCap TEE-IO", express.teeIO), ("DevCtl ExtTag", control(8)),
        ("DevCtl PhantFunc", control(9)), ("DevCtl NoSnoop", control(11)),
      ]
    case .powerManagement:
      let power = PowerManagement(capability, in: space)
      truth = [("Status NoSoftRst", power.noSoftReset)]
      if let claimed = listed.powerState, claimed.name != "D\(power.state.rawValue)" {
        add(
          .contradictsCapability, line: claimed.line, "the text says \(claimed.name), the bytes D\(power.state.rawValue)",
          expected: "text and bytes of the same function")
      }
    case .singleRootIOV:
      truth = [("IOVCtl Enable", SingleRootIOV(capability, in: space).isEnabled)]
    case .dataObjectExchange:
      let mailbox = DataObjectExchange(capability, in: space)
      truth = [
        ("DOECap IntSup", mailbox.interruptSupported), ("DOESta Busy", mailbox.isBusy), ("DOESta Error", mailbox.hasError),
        ("DOESta ObjectReady", mailbox.objectReady),
      ]
    case .integrityAndEncryption:
      let ide = IntegrityAndEncryption(capability, in: space)
      truth = [("IDECap IDE_KM", ide.keyManagement), ("IDECap TeeLim", ide.teeLimited)]
    case .advancedFeatures:
      truth = [("AFCap FLR", AdvancedFeatures(capability, in: space).functionLevelReset)]
    case .msix:
      let msix = MSIX(capability, in: space)
      for word in listed.text.split(separator: " ") {
        if word == (msix.isEnabled ? "Enable-" : "Enable+") || (word.hasPrefix("Count=") && Int(word.dropFirst(6)) != msix.count) {
          add(
            .contradictsCapability, line: listed.line,
            "the text says \(word), the bytes Enable\(msix.isEnabled ? "+" : "-") Count=\(msix.count)")
        }
      }
      for place in listed.places {
        let actual = place.name == "PBA" ? msix.pendingBits : msix.table
        if (place.bar, place.offset) != (actual.bar, actual.offset) {
          add(
            .contradictsCapability, line: place.line,
            "the text says \(place.name) in BAR\(place.bar) at \(hexadecimal(place.offset)), the bytes "
              + "BAR\(actual.bar) at \(hexadecimal(actual.offset))")
        }
      }
    default: break
    }
    for (line, name, isSet) in listed.flags {
      guard let actual = truth.first(where: { $0.name == name })?.value, actual != isSet else { continue }
      add(
        .contradictsCapability, line: line, "the text says \(name)\(isSet ? "+" : "-"), the bytes \(name)\(actual ? "+" : "-")",
        expected: "text and bytes of the same function")
    }
  }
}
