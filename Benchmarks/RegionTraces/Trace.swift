import Foundation
import Primitives

/// A sequence of requests that is a function of its parameters: allocations of random length and alignment, and frees of random ones,
/// such that the space stays between a low and a high occupancy. The generator that the peers were measured with, so that the figures
/// can be held against theirs: the same parameters give the same requests.
struct Trace {
  enum Mix: String, CaseIterable {
    /// 4 KiB to 64 MiB, most of them below 1 MiB; alignments of 4 KiB, 64 KiB and 2 MiB.
    case mixed
    /// 4 KiB to 1 MiB; alignments of 4 KiB and 64 KiB.
    case small
    /// 4 KiB to 4 MiB, all lengths as often; alignments of every power of two from 4 KiB to 2 MiB.
    case even
  }

  enum Request {
    case allocate(slot: Int, pages: UInt64, alignment: UInt64)
    case free(slot: Int)
  }

  static let bytes: UInt64 = 4 << 30
  static let page: UInt64 = 4096

  let name: String
  private(set) var requests: [Request] = []
  private(set) var slots = 0
  /// How many of the first requests fill the space; they are not measured.
  private(set) var fill = 0

  init(_ mix: Mix, low: Double, high: Double, requests count: Int, seed: UInt64) {
    name = "\(mix.rawValue) \(low) \(high) \(count) \(seed)"
    var maker = Maker(mix, seed: seed)
    while Double(maker.used) < low * Double(Self.bytes) { requests.append(maker.allocate()) }
    fill = requests.count
    requests.reserveCapacity(fill + count)
    while requests.count < fill + count {
      let frees = Double(maker.used) > high * Double(Self.bytes) || (Double(maker.used) > low * Double(Self.bytes) && maker.random.next() & 1 == 1)
      requests.append(frees ? maker.free() : maker.allocate())
    }
    slots = maker.slots
  }
}

/// The state of the generator: which slots are in use, as if every allocation succeeded.
private struct Maker {
  let mix: Trace.Mix
  var random: SeededRandom
  private(set) var used: UInt64 = 0
  private(set) var slots = 0
  private var vacant: [Int] = [], live: [Int] = [], sizes: [UInt64] = []

  init(_ mix: Trace.Mix, seed: UInt64) { (self.mix, random) = (mix, SeededRandom(seed: seed)) }

  private mutating func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }
  /// Uniform in its logarithm: as many between 4 and 8 KiB as between 4 and 8 MiB.
  private mutating func length(_ low: Double, _ high: Double) -> UInt64 { UInt64(exp(log(low) + unit() * (log(high) - log(low)))) }

  private mutating func length() -> UInt64 {
    let (kibibyte, mebibyte) = (1024.0, 1_048_576.0)
    let wanted: UInt64
    switch mix {
    case .small:
      _ = unit()
      wanted = length(4 * kibibyte, mebibyte)
    case .even: wanted = (1 + UInt64(unit() * 1024)) * Trace.page
    case .mixed:
      switch unit() {
      case ..<0.40: wanted = length(4 * kibibyte, 64 * kibibyte)
      case ..<0.70: wanted = length(64 * kibibyte, mebibyte)
      case ..<0.90: wanted = length(mebibyte, 8 * mebibyte)
      case ..<0.98: wanted = length(8 * mebibyte, 32 * mebibyte)
      default: wanted = length(32 * mebibyte, 64 * mebibyte)
      }
    }
    return min((wanted + Trace.page - 1) / Trace.page * Trace.page, 64 << 20)
  }

  private mutating func alignment(of length: UInt64) -> UInt64 {
    let choice = unit()
    if mix == .even { return Trace.page << UInt64(choice * 10) }
    if length >= 2 << 20 { return choice < 0.5 ? 2 << 20 : choice < 0.8 ? 64 << 10 : Trace.page }
    return length >= 64 << 10 && choice < 0.5 ? 64 << 10 : Trace.page
  }

  mutating func allocate() -> Trace.Request {
    let length = length(), alignment = alignment(of: length)
    let slot: Int
    if let last = vacant.popLast() {
      slot = last
      sizes[slot] = length
    } else {
      slot = slots
      slots += 1
      sizes.append(length)
    }
    live.append(slot)
    used += length
    return .allocate(slot: slot, pages: length / Trace.page, alignment: alignment)
  }

  mutating func free() -> Trace.Request {
    let position = Int(random.next() % UInt64(live.count))
    let slot = live[position]
    live[position] = live[live.count - 1]
    live.removeLast()
    used -= sizes[slot]
    vacant.append(slot)
    return .free(slot: slot)
  }
}
