import Primitives
import Rules
import TEE

/// Who acts in which lane, under which name, on what.
extension Machine {
  public func lane(_ d: UInt8) -> String { names.lane(d) }
  public func importerLane(_ i: UInt8) -> String { names.importerLane(i) }

  func event(for action: Action) -> Event {
    let name = names.name(of: action, in: world, book)
    var event = Event(
      index: events.count, actor: name.actor, peer: name.peer, call: name.call, object: name.object, action: action.description,
      isBookkeeping: name.isBookkeeping)
    // A line that is passed by calls nothing.
    if !name.isBookkeeping, action.fits(book.bounds) { event.args = arguments(of: action) }
    return event
  }

  /// `0000:01:00.0/BAR0+0x1000`.
  public func text(page p: UInt8, of d: UInt8) -> String { names.text(page: p, of: d) }

  func text(unit m: UInt8) -> String { names.text(unit: m) }

  /// A field's place by name.
  func place(of field: Field, _ index: Int) -> String {
    let pages = Int(book.bounds.pages)
    return switch field.axis {
    case .world: "\(field)"
    case .memory: "\(field)[\(text(unit: UInt8(index)))]"
    case .task: "\(field)[task \(index)]"
    case .importer: "\(field)[\(importers[index]?.name ?? String(index))]"
    case .device: "\(field)[\(id(UInt8(index)))]"
    case .page: "\(field)[\(id(UInt8(index / pages)))/\(index % pages)]"
    }
  }
}
