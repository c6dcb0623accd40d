/// What came of a run.
struct StressResult: CustomStringConvertible {
  var moves = 0, revocations = 0, reads = 0
  /// What the second process read, and where it was told that a buffer is gone.
  var otherReads = 0, otherRefusals = 0
  var kills = 0, fences = 0
  /// What should not be; empty for a good run.
  var faults: [String] = []

  var description: String {
    "\(moves) moves, \(revocations) revocations, \(reads) reads here, \(otherReads) and \(otherRefusals) refusals in the other process, "
      + "killed \(kills) times, \(fences) fences"
  }
}
