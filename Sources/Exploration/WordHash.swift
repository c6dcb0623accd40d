/// The hash of a state: a fold of full-width products, the same in every process.
///
/// Packed states differ in few, arbitrary bits, often the high ones of one word; the table uses all 38 upper and middle
/// bits of the result, so each word goes through a 128-bit product and the end through another mix. Never zero.
/// - Parameter width: pass a literal where it is known: the loop is then unrolled.
@inline(__always)
package func hash(_ words: UnsafePointer<UInt64>, _ width: Int) -> UInt64 {
  var h: UInt64 = 0x9E37_79B9_7F4A_7C15
  for i in 0..<width {
    let product = (h ^ words[i]).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    h = product.high ^ product.low ^ h &<< 7
  }
  h ^= h &>> 32
  h = h &* 0xD6E8_FEB8_6659_FD93
  return (h ^ h &>> 29) | 1
}
