import Sharing

/// Who uses buffers of others: a device, a virtual machine, a CPU.
public protocol Importer: AnyObject, Sendable {
  /// By which reports name it: `0000:01:00.0`, `vm-7`.
  var name: String { get }
  /// What it can bear and reach.
  var terms: ImporterTerms { get }

  /// Chooses one of several ways to the memory, all of which it can go. Called without the reservation.
  func choose(among paths: [Path]) -> Path?

  /// What was mapped is not valid any longer (`invalidate_mappings`, once `move_notify`). Start nothing new with it; unmap at once with
  /// `attachment.unmap(held)`, or soon. Called under the reservation, only for attachments that are mapped; it neither waits for fences nor
  /// takes a lock that comes before reservations.
  func letGo(_ attachment: AttachmentRecord, _ notice: Notice, _ held: borrowing Reservation.Held)

  /// A revocation was taken back, and mapping works again already. Called without the reservation.
  func restored(_ attachment: AttachmentRecord)
}

extension Importer {
  /// Links of their own before the bus, then the way with the fewest hops; the exporter's order where they are alike.
  public func choose(among paths: [Path]) -> Path? {
    func rank(_ path: Path) -> Int {
      if case .interconnect = path.kind { return Int(path.hops) }
      return 256 + Int(path.hops)
    }
    return paths.min { rank($0) < rank($1) }
  }
  public func letGo(_ attachment: AttachmentRecord, _ notice: Notice, _ held: borrowing Reservation.Held) { attachment.unmap(held) }
  public func restored(_ attachment: AttachmentRecord) {}
}

/// An importer with no IOMMU in front: what it puts on the wire are the bus's own addresses, and its mappings say which
/// (`Mapping.address(of:)`). To one behind an IOMMU those say nothing: its addresses are where it has mapped something.
public protocol DirectImporter: Importer {}

/// Why an importer is asked to let go.
public enum Notice: Hashable, Sendable {
  /// The buffer moves there. It can be mapped again at once, and is somewhere else then.
  case moves(to: Placement)
  /// The buffer is taken back, and whoever is not gone by then is named to the exporter.
  case revoked(Permanence, by: MonotonicTime)
}
