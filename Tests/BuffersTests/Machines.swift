import Buffers
import Primitives
import Testing

/// What the tests of buffers are made with: a bus, exporters of each kind, and importers.
struct Machine {
  let bus = Bus()
  var memory: HostMemory { HostMemory(on: bus) }
  var revocable: HostMemory { HostMemory(on: bus, name: "revocable", offers: [.pinned, .revocable]) }
  var onlyRevocable: HostMemory { HostMemory(on: bus, name: "only-revocable", offers: .revocable) }
  let function = RequesterID(rawValue: 0x0100)

  func device(_ name: String = "0000:02:00.0") throws -> IOMMUDomain { try IOMMUDomain(name, on: bus) }
  func guest(_ name: String = "vm-1") throws -> GuestMemory { try GuestMemory(name, on: bus) }
  func graphics(capacity: UInt64 = 1 << 30) -> DeviceMemory { DeviceMemory(on: bus, function: function, capacity: capacity) }
  func window(_ bytes: UInt64 = 1 << 20, paths: [Path] = [Path(.peer)]) throws -> WindowMemory {
    let range = try #require(AddressRange(start: HostPhysicalAddress(0x8000_0000), length: bytes))
    return try WindowMemory(on: bus, function: function, bar: 2, at: range, paths: paths)
  }
}

/// An importer that does what a test says.
final class Scripted: DirectImporter {
  let name: String
  let terms: ImporterTerms
  private let onLetGo: @Sendable (AttachmentRecord, Notice) -> Bool
  private let onRestored: @Sendable (AttachmentRecord) -> Void

  /// - Parameter letGo: whether it unmaps at once.
  init(
    _ name: String = "scripted", _ terms: ImporterTerms = .kvm, letGo: @escaping @Sendable (AttachmentRecord, Notice) -> Bool = { _, _ in true },
    restored: @escaping @Sendable (AttachmentRecord) -> Void = { _ in }
  ) {
    (self.name, self.terms, onLetGo, onRestored) = (name, terms, letGo, restored)
  }

  func letGo(_ attachment: AttachmentRecord, _ notice: Notice, _ held: borrowing Reservation.Held) {
    if onLetGo(attachment, notice) { attachment.unmap(held) }
  }
  func restored(_ attachment: AttachmentRecord) { onRestored(attachment) }
}

func code(_ body: () throws -> Void) -> BufferError.Code? {
  do {
    try body()
    return nil
  } catch { return (error as? BufferError)?.code }
}
