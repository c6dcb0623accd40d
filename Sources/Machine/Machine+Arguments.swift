import Memory
import Primitives
import Rules

/// What a call is given, for the log: where in the guest's space and in the host's, and how much. Enough for somebody who was not
/// there to do it again.
extension Machine {
  func arguments(of action: Action) -> [Event.Argument] {
    switch action {
    case .advance(let task):
      guard let it = world.pendingStep(of: task, book) else { return [] }
      return arguments(of: it.step, it.device, it.cursor, frame: it.cursor)
    case .call(let step, let d, let p): return arguments(of: step, d, p, frame: p)
    case .mapWrongPage(let d, let p, let frame): return arguments(of: .mmioMap, d, p, frame: frame)
    case .acceptMMIO(let d, let p): return [gpa(file.plan.page(d, p)), size(PageSize.small.bytes)]
    case .acceptMemory(let m): return [gpa(file.plan.privateUnits[Int(m)].base), size(file.plan.privateUnits[Int(m)].size.bytes)]
    default: return []
    }
  }

  private func arguments(of step: Step, _ d: UInt8, _ p: UInt8, frame: UInt8) -> [Event.Argument] {
    guard p < step.cursorEnd(book.bounds) else { return [] }
    switch step.entry.axis {
    case .page:
      let place = [Event.Argument("hpa", hex(hardware.page(d, frame).rawValue)), size(PageSize.small.bytes)]
      // The metadata table knows no guest.
      return step == .mmiomtSet || step == .mmiomtRemove ? place : [gpa(file.plan.page(d, p))] + place
    case .memory:
      let unit = file.plan.privateUnits[Int(p)]
      let frame = module.unitFrames[Int(p)].map { [Event.Argument("hpa", hex($0.start.rawValue))] } ?? []
      return [gpa(unit.base)] + frame + [size(unit.size.bytes)]
    case .world, .task, .importer, .device: return []
    }
  }

  private func gpa(_ address: GuestPhysicalAddress) -> Event.Argument { Event.Argument("gpa", hex(address.rawValue)) }
  private func size(_ bytes: UInt64) -> Event.Argument { Event.Argument("size", String(bytes)) }
  private func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
