import Primitives
import Synchronization

/// What the memory controller of a machine that encrypts draws its keys from.
///
/// Hardware has one key for the host, or for a guest, and mixes the address into every block. Here addresses are given to one buffer after
/// another, and counter mode must not use a block twice under a key: so every place gets a key of its own when it is taken.
///
/// Threads: any.
final class MemoryKeys: Sendable {
  private let random: Mutex<SeededRandom>
  init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

  /// 16 bytes that nobody was given before.
  func draw() -> [UInt8] {
    let halves = random.withLock { random in [random.next(), random.next()] }
    return halves.flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (8 * $0)) } }
  }
}
