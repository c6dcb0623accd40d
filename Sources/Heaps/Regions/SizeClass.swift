/// Which drawer a hole of so many pages is filed in: sizes that are nearly the same share one.
///
/// Up to 31 pages a class is one size; from there to 4 MiB a power of two is cut in sixteen, above in four. Small holes are many, so a
/// close fit is nearly always at hand and keeps large holes whole. Large ones are few, and there it pays more to take a low address,
/// where holes are hemmed in anyway, than the closest fit: with four classes fewer requests fail than with sixteen or with exact sizes.
/// Where the line is drawn is a compromise: at 1 MiB requests that are all sizes as often fail twice as often as with best fit.
package enum SizeClass {
  /// Of pages below 2^40, what 52 bits of address hold. One word more than are used would cost nothing.
  package static let count = 256

  private static let coarseFrom: UInt64 = 1024
  private static let fineClasses = 112

  /// - Precondition: 0 < pages < 2^41.
  package static func number(of pages: UInt64) -> Int {
    guard pages >= 16 else { return Int(pages) }
    let exponent = 63 - pages.leadingZeroBitCount
    return pages < coarseFrom
      ? 16 * (exponent - 4) + Int(pages >> UInt64(exponent - 4))
      : fineClasses - 4 + 4 * (exponent - 10) + Int(pages >> UInt64(exponent - 2))
  }

  /// The lowest class in which every hole has at least so many pages.
  package static func whereAllHold(_ pages: UInt64) -> Int { pages < 2 ? 1 : number(of: pages - 1) + 1 }
}
