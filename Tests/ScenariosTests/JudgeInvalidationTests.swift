import Machine
import Procedures
import Rules
import Testing

/// Each step of each built-in procedure by which somebody forgets or lets go, taken out: the judge sees the old byte reached, the
/// old translation in use, or somebody at work where he should not be. Where a guard exists for exactly that, the missing step is
/// refused or waited for, and the old translation shows without the guard.
struct JudgeInvalidationTests {
  struct Place: Sendable, CustomTestStringConvertible {
    let variant: String, procedure: Procedure
    var testDescription: String { "\(procedure.id) of \(variant)" }
    /// Bound and running, or never bound: some steps work on what only one of the two has.
    var worlds: [Bool] { [.bind, .unbind, .convert].contains(procedure) ? [true] : [true, false] }
  }

  #if DEBUG
    // A debug build is slow: one step for each cache.
    static let variants = [ProcedureSet.defaultVariant]
    static let procedures: [Procedure] = [.bind, .convert]
    static let steps: [Step] = [.flushShared, .memTrack, .invalidateProcess, .rangeBlock]
  #else
    static let variants = ProcedureSet.variantNames
    static let procedures: [Procedure] = [.bind, .unbind, .reset, .memoryOff, .powerDown, .close, .vmmCrash, .convert]
    static let steps = InvalidationDuty.all.map(\.step)
  #endif
  /// What a variant has from another is judged there.
  static let places = variants.flatMap { variant -> [Place] in
    let host = try? ProcedureSet(variant: variant), own = host?.own ?? []
    return procedures.filter { host?.variant.base == nil || own.contains($0) }.map { Place(variant: variant, procedure: $0) }
  }

  /// What is seen without steps that is not seen with them, in either world.
  private struct Comparison {
    let place: Place, duty: InvalidationDuty
    var bases: [InvalidationStory: InvalidationStory.Ending] = [:]

    mutating func news(without omitted: Set<Int>, dropping: [Guard] = []) throws -> (sights: Set<InvalidationStory.Sight>, hangs: Bool) {
      var sights: Set<InvalidationStory.Sight> = [], hangs = false
      for isBound in place.worlds {
        var story = InvalidationStory(variant: place.variant, procedure: place.procedure, isBound: isBound)
        (story.dropping, story.importerIsQuick) = (dropping, duty.importerIsQuick)
        let base = try bases[story] ?? story.tell()
        bases[story] = base
        story.omitted = omitted
        let without = try story.tell()
        sights.formUnion(without.sights.subtracting(base.sights))
        hangs = hangs || (without.hangs != nil && base.hangs == nil)
      }
      return (sights, hangs)
    }

    func shows(_ sights: Set<InvalidationStory.Sight>) -> Bool {
      sights.contains { $0.harm.map { duty.sees.contains($0) } ?? duty.orReaches }
    }
  }

  @Test(arguments: JudgeInvalidationTests.places)
  func theOldByteIsSeenWithoutTheStep(place: Place) throws {
    let file = try #require(try ProcedureSet(variant: place.variant)[place.procedure])
    var bases: [InvalidationStory: InvalidationStory.Ending] = [:]
    for duty in InvalidationDuty.all where Self.steps.contains(duty.step) {
      var comparison = Comparison(place: place, duty: duty, bases: bases)
      defer { bases = comparison.bases }
      let places = file.steps.indices.filter { file.steps[$0].step == duty.step }
      for (occurrence, i) in places.enumerated() {
        let what: Comment = "\(duty.step.id), number \(occurrence) of \(place.testDescription)"
        let alone = try comparison.news(without: [i])
        let isNoticed = alone.hangs || !alone.sights.isEmpty
        switch InvalidationException.first(place.variant, place.procedure, duty.step, occurrence)?.course {
        case nil:
          if duty.dropping.isEmpty {
            #expect(comparison.shows(alone.sights), what)
          } else {
            if !duty.isHidden { #expect(isNoticed, what) }
            #expect(comparison.shows(try comparison.news(without: [i], dropping: duty.dropping).sights), what)
          }
        case .refusedOnly?:
          #expect(isNoticed, what)
          #expect(!comparison.shows(try comparison.news(without: [i], dropping: duty.dropping).sights), what)
        case .twice?:
          #expect(!isNoticed, what)
          let both = try comparison.news(without: Set(places))
          #expect(both.hangs || !both.sights.isEmpty, what)
        case .never?:
          #expect(!isNoticed, what)
          if !duty.dropping.isEmpty { #expect(!comparison.shows(try comparison.news(without: [i], dropping: duty.dropping).sights), what) }
        }
      }
    }
  }

  /// An exception that no file meets is a mistake in the table.
  @Test func everyExceptionIsMet() throws {
    let variants = try ProcedureSet.variantNames.map { try ProcedureSet(variant: $0) }
    for exception in InvalidationException.all {
      for procedure in exception.procedures {
        let isMet = variants.contains { set in
          let count = set[procedure]?.steps.count { $0.step == exception.step } ?? 0
          let isOfVariant = exception.variants.isEmpty || exception.variants.contains(set.variant.name)
          return isOfVariant && count > (exception.occurrences.max() ?? 0)
        }
        #expect(isMet, "\(exception.step.id) in \(procedure.id): \(exception.reason)")
      }
    }
  }
}
