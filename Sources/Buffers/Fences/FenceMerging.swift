extension Fence {
  /// The fences that this one is made of, with chains and the arrays in their links taken apart (dma-fence-unwrap.h). A fence that is
  /// neither is its only part.
  public var unwrapped: [Fence] {
    switch parts {
    case .work: [self]
    case .array(let array): array.fences
    case .chain:
      chainParts.flatMap { fence -> [Fence] in if case .array(let array) = fence.parts { array.fences } else { [fence] } }
    }
  }

  /// The fence of every link, and what the chain began with.
  var chainParts: [Fence] {
    var fences: [Fence] = []
    var next: Fence? = self
    while let point = next {
      guard case .chain(let link) = point.parts else {
        fences.append(point)
        break
      }
      fences.append(link.fence)
      next = link.previous
    }
    return fences
  }

  /// One fence for all of several: parts that are over are left out, and of a timeline only the latest point stays
  /// (`dma_fence_unwrap_merge`). Parts are in the order of their contexts.
  public static func merging(_ fences: [Fence]) -> Fence {
    var open: [Fence] = []
    for fence in fences { for part in fence.unwrapped where !part.isSignalled { open.append(part) } }
    open.sort { $0.context != $1.context ? $0.context < $1.context : Int64(bitPattern: $0.sequence &- $1.sequence) > 0 }
    var latest: [Fence] = []
    for part in open where latest.last?.context != part.context { latest.append(part) }
    if latest.count > 1 { return Fence(.all, of: latest) }
    return latest.first ?? stub
  }
}
