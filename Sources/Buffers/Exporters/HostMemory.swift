import Primitives
import Sharing

/// Memory of the host, or of a guest: it stays where it is, and may be taken back where that was said before.
public final class HostMemory: Exporter {
  public let name: String
  let bus: Bus
  private let terms: ExporterTerms
  private let attributes: RangeAttributes
  public let protection: ProtectionTerms

  /// - Parameters:
  ///   - bus: on which it is memory.
  ///   - name: that its buffers are listed under.
  ///   - offers: `.pinned` is what memory is by itself; `.revocable` lets its owner take it back.
  ///   - attributes: of the memory; whether it is encrypted is the rule's to say on a machine that encrypts.
  ///   - deviceWidth: bits of address of the device that the memory is for.
  public init(
    on bus: Bus, name: String = "system", offers: LifetimeClasses = .pinned, _ attributes: RangeAttributes = RangeAttributes(),
    deviceWidth: UInt8 = 64
  ) {
    (self.bus, self.name) = (bus, name)
    protection = ProtectionTerms(bus.encryption, deviceWidth: deviceWidth)
    self.attributes = protection.attributes(attributes, attributes.needsSync ? .streaming : .coherent)
    terms = ExporterTerms(offers: offers)
  }

  /// A buffer of zeros; the size is rounded up to pages.
  /// - Throws: `.badName`, `.badRange` for nothing or too much, `.system`, `.noRoom`.
  public func makeBuffer(named text: String, bytes: UInt64) throws(BufferError) -> BufferHandle {
    let name = try BufferName(text)
    guard bytes > 0, bytes <= RangeList.longest else { throw BufferError(.badRange, "\(bytes) bytes", buffer: text) }
    let backing = try Backing(size: (bytes + 4095) & ~4095)
    let range = try bus.placeMemory(backing, encrypted: attributes.isEncrypted)
    return Buffer.export(name, by: self, terms, try RangeList(PhysicalRange(range.start, range.length, .memory, attributes)), backing: backing)
  }

  public func takeAway(_ buffer: Buffer, _ held: borrowing Reservation.Held) {
    // Without room for the copy the content is lost, and nobody outside has it: that is what was asked for.
    do { try buffer.backing?.takeFromOthers() } catch { buffer.backing?.close() }
  }

  public func release(_ buffer: Buffer) {
    guard let backing = buffer.backing else { return }
    bus.remove(backing)
    backing.close()
  }
}
