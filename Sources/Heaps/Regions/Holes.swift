import Primitives

/// The free ranges of a region as they were when it was asked, in the order of addresses.
public struct Holes: Sequence, Sendable {
  let blocks: [Block]
  let spans: Spans

  public struct Iterator: IteratorProtocol {
    fileprivate let holes: Holes
    private var span = 0
    private var block: BlockIndex

    fileprivate init(_ holes: Holes) {
      self.holes = holes
      block = holes.spans.all.first?.firstBlock ?? .none
    }

    public mutating func next() -> AddressRange<HostPhysicalAddress>? {
      while true {
        while !block.isNone {
          let candidate = holes.blocks[block]
          block = candidate.after
          if candidate.isHole {
            return AddressRange(start: HostPhysicalAddress(candidate.firstPage << pageShift), length: candidate.pages << pageShift)
          }
        }
        span += 1
        guard span < holes.spans.all.count else { return nil }
        block = holes.spans.all[span].firstBlock
      }
    }
  }

  public func makeIterator() -> Iterator { Iterator(self) }
}

extension RegionAllocator {
  /// Its holes. Taking them costs nothing; the next change of the allocator copies its blocks while they are still held.
  public var holes: Holes { Holes(blocks: blocks, spans: spans) }
}
