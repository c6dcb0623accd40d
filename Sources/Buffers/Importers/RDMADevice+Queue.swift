import Sharing

/// The device's queue.
///
/// Requests that were posted have those addresses already and cannot be recalled. No fence in the buffer's reservation stands for
/// them (umem_dmabuf.c waits for `KERNEL` and adds none: user space posts without the kernel), so a revocation finds them only as an importer
/// that has not let go. Told to, the device takes no new request for the region, and is gone when the last posted one is over.
extension RDMADevice.Key {
  /// Posts a write to the device's queue (`ibv_post_send`): it is done when the requests before it are over and so are the fences, on the
  /// thread that made it possible, and also where the region is taken back in the meantime.
  /// - Parameters:
  ///   - bytes: kept until then; at most `longestPost`.
  ///   - offset: in bytes, from the beginning of the region.
  ///   - fences: what it waits for, a copy engine's job that makes the bytes ready, say.
  /// - Returns: its completion, which fails where the region was deregistered before or nobody answers.
  /// - Throws: `.revoked` for a region that was taken back; `.badRange`; `.noRoom` where `queueDepth` requests are posted.
  @discardableResult public func postWrite(_ bytes: [UInt8], at offset: UInt64, after fences: [Fence] = []) throws(BufferError) -> Fence {
    try device.postWrite(bytes, self, at: offset, after: fences)
  }
}

extension RDMADevice {
  fileprivate func postWrite(_ bytes: [UInt8], _ key: Key, at offset: UInt64, after fences: [Fence]) throws(BufferError) -> Fence {
    guard bytes.count <= Self.longestPost else { throw BufferError(.badRange, "\(bytes.count) bytes in one request") }
    let tag = Int(key.value)
    let refusal = regions.withLock { regions -> BufferError? in
      guard let region = regions.byTag[tag] else { return unknown(key) }
      if let refusal = region.refusal("\(key) of \(name)", offset, bytes.count, isPosted: false) { return refusal }
      guard regions.posted < Self.queueDepth else { return BufferError(.noRoom, "\(name) has \(Self.queueDepth) requests posted") }
      regions.posted += 1
      regions.byTag[tag]?.underWay += 1
      return nil
    }
    if let refusal { throw refusal }
    let fence = queue.submit(after: fences) { try self.write(bytes, key, at: offset, isPosted: true) }
    if fence.addCallback({ _ in self.isOver(tag) }) == nil { isOver(tag) }
    return fence
  }

  /// A posted request is over, one way or the other. Called where no reservation is taken.
  private func isOver(_ tag: Int) {
    let leaving = regions.withLock { regions -> AttachmentRecord? in
      regions.posted -= 1
      regions.byTag[tag]?.underWay -= 1
      return regions.byTag[tag]?.underWay == 0 ? regions.byTag[tag]?.leaving.take() : nil
    }
    if let leaving { leaver.unmap(leaving) }
  }
}
