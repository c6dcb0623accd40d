/// Which drawer a hole of so many pages is filed in: sizes that are nearly the same share one.
///
/// Up to 127 pages a class is one size; from there to 2 MiB a power of two is cut in 64, to 4 MiB in 32, above in four. Small holes are many,
/// so a close fit is nearly always at hand and keeps large holes whole. Large ones are few, and there it pays more to take a low address,
/// where holes are hemmed in anyway, than the closest fit: with four classes fewer requests fail than with sixteen or with exact sizes.
/// Where the lines are drawn is a compromise: `docs/heaps.md` has the figures.
package enum SizeClass {
  /// Of pages below 2^41, what 52 bits of address hold, in whole words of bits.
  package static let count = 448

  private static let fineBelow: UInt64 = 512, coarseFrom: UInt64 = 1024
  /// The number of the first class of the middle, and of the coarse ones.
  private static let middle = 256, coarse = 288

  /// - Precondition: 0 < pages < 2^41.
  package static func number(of pages: UInt64) -> Int {
    guard pages >= 64 else { return Int(pages) }
    let exponent = 63 - pages.leadingZeroBitCount
    if pages < fineBelow { return 64 * (exponent - 6) + Int(pages >> UInt64(exponent - 6)) }
    if pages < coarseFrom { return middle + Int((pages - fineBelow) >> 4) }
    return coarse - 4 + 4 * (exponent - 10) + Int(pages >> UInt64(exponent - 2))
  }

  /// The lowest class in which every hole has at least so many pages.
  package static func whereAllHold(_ pages: UInt64) -> Int { pages < 2 ? 1 : number(of: pages - 1) + 1 }
}
