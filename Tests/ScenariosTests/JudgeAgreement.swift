import Machine
import Rules
import Testing

extension Judge {
  /// Where the judge and the rules say different things of the run that both have followed; nil if they agree. Each is asked for
  /// the first harm only: what comes after it is a consequence.
  ///
  /// - Parameter isWhole: nothing was taken out of the law. Then a difference between machine and account is a disagreement too;
  ///   without a guard it is how the judge first sees that something happened which should not have.
  func disagreement(isWhole: Bool = true) -> String? {
    if isWhole, let finding = findings.first { return finding }
    let first = sightings.first { $0.harm != .entryOutlivesRevocation && !($0.harm.isOfRest && takesLocksAway) }
    guard let (property, event) = machine.violation else {
      return isWhole ? first.map { "only the judge objects: \($0)" } : nil
    }
    guard let harm = Harm(property) else { return nil }
    if harm.isOfRest {
      // What an untrusted host leaves behind is its own affair. Else the task that broke it may have given up with its locks held,
      // which the judge takes for work: at the end he looks again without regard to them.
      guard machine.book.cast != .untrustedHost else { return nil }
      if let last = machine.events.last { sightState(last, isOver: true) }
      return sightings.contains { $0.harm == harm } ? nil : "\(property.id), and the judge sees \(sightings.map(\.description))"
    }
    if isWhole, let first, first.event < event { return "the judge objects before \(property.id) in event \(event): \(first)" }
    if sightings.contains(where: { $0.harm == harm && $0.event == event }) { return nil }
    return "\(property.id) in event \(event), and the judge sees \(sightings.map(\.description))"
  }
}
