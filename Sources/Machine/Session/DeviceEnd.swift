import Devices
import PCI
import Primitives
import Rules
import SPDM

/// What answers behind the DOE mailbox of a device: its responder, and the device that its messages are for.
struct DeviceEnd {
  var device: ServedDevice
  private var responder: Responder

  init(_ device: ServedDevice, _ credential: Credential) {
    self.device = device
    let connection = UInt64(device.functions.first?.id.rawValue ?? 0)
    responder = Responder(Responder.Configuration(credentials: [credential]), connection: connection)
  }

  /// An object of the mailbox, header and padding included; nil for what the mailbox does not take.
  mutating func answer(_ object: [UInt8]) -> [UInt8]? {
    guard let object = try? DOEObject(object) else { return nil }
    return responder.answer(object, at: 0, device: &device)?.bytes
  }

  func isProtected(_ stream: UInt8) -> Bool {
    responder.sessionNames.contains { device.streams[stream]?.isSecure(over: $0) ?? false }
  }

  /// Sessions that stand.
  var sessionCount: Int { responder.sessionNames.count }
}
