extension Array {
  /// Where the elements begin that are so, of an array in which those come last; `count` where none is.
  @inline(__always) func partitioningIndex(_ isSo: (Element) -> Bool) -> Int {
    var low = 0, high = count
    while low < high {
      let middle = (low + high) / 2
      if isSo(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
