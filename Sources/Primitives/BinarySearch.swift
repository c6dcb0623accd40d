extension RandomAccessCollection where Index == Int {
  /// Where the elements begin for which something holds, of a collection in which those come last; `endIndex` where it holds for none.
  @inlinable @inline(__always) public func partitioningIndex(_ holds: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
