import Primitives

/// Choices that follow from the run's seed and from how far the run has come.
struct SeededOrder {
  private var random: SeededRandom

  init(seed: UInt64, at event: Int) {
    var hash = StableHash(seed: seed)
    hash.combine(UInt64(event))
    random = SeededRandom(seed: hash.value)
  }

  mutating func pick<Element>(of elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[Int(random.next() % UInt64(elements.count))]
  }
}
