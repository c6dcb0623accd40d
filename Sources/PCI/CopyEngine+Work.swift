import Crypto
import Primitives

/// What the engine does with its ring.
extension CopyEngine {
  /// Works on one descriptor; nil when there is nothing to do (any more).
  public mutating func step(on bus: inout some DeviceBus) -> Completion? {
    if sendsMessages { for message in messages.takeReleased() { bus.signal(message) } }
    guard hasWork else { return nil }
    let (base, size, head) = (self[.ringBase], self[.ringSize], self[.head])
    guard base % UInt64(CopyDescriptor.size) == 0, size.isPowerOfTwo, size <= 256,
      IOVirtualAddress(base).advanced(by: size * UInt64(CopyDescriptor.size)) != nil
    else { return stop(.badRing) }
    guard self[.tail] < size, head < size else { return stop(.badTail) }

    let place = IOVirtualAddress(base + head * UInt64(CopyDescriptor.size))
    guard var descriptor = fetch(place, on: &bus) else { return stop(.ringFault) }
    let fault = perform(&descriptor, on: &bus)
    do throws(BusFault) {
      try complete(descriptor, at: place, on: &bus)
    } catch {
      self[.faultAddress] = error.address.rawValue
      return stop(.ringFault)
    }
    self[.head] = (head + 1) & (size - 1)
    self[.completed] &+= 1
    if sendsMessages, !descriptor.flags.contains(.noInterrupt), self[.vector] < UInt64(messages.count),
      let message = messages.raise(Int(self[.vector]))
    {
      bus.signal(message)
    }
    return Completion(index: Int(head), descriptor: descriptor, fault: fault)
  }

  private var sendsMessages: Bool { messagesEnabled && msix != nil }

  /// All there is to do, in ring order. A ring holds at most 256, so this ends.
  public mutating func work(on bus: inout some DeviceBus) -> [Completion] {
    var completions: [Completion] = []
    while let completion = step(on: &bus) { completions.append(completion) }
    return completions
  }

  private mutating func stop(_ trouble: Trouble) -> Completion? {
    self.trouble = trouble
    return nil
  }

  private mutating func fetch(_ place: IOVirtualAddress, on bus: inout some DeviceBus) -> CopyDescriptor? {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: CopyDescriptor.size, alignment: 8)
    defer { buffer.deallocate() }
    do throws(BusFault) {
      try bus.read(place, into: buffer)
    } catch {
      self[.faultAddress] = error.address.rawValue
      return nil
    }
    return try? CopyDescriptor(bytes: Array(buffer))
  }

  private func complete(_ descriptor: CopyDescriptor, at place: IOVirtualAddress, on bus: inout some DeviceBus) throws(BusFault) {
    let bytes = descriptor.completion
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: bytes)
    try bus.write(IOVirtualAddress(place.rawValue + CopyDescriptor.completionOffset), from: UnsafeRawBufferPointer(buffer))
  }

  /// Moves the bytes and fills in status and digest.
  private mutating func perform(_ descriptor: inout CopyDescriptor, on bus: inout some DeviceBus) -> BusFault? {
    descriptor.digest = [UInt8](repeating: 0, count: 32)
    if let status = descriptor.fault {
      descriptor.status = status
      return nil
    }
    let length = Int(descriptor.length)
    do throws(BusFault) {
      if descriptor.flags.contains(.noDigest) {
        try bus.copy(from: descriptor.source, to: descriptor.destination, length: length)
      } else {
        var hash = SHA256()
        try bus.copy(from: descriptor.source, to: descriptor.destination, length: length) { hash.update(bufferPointer: $0) }
        descriptor.digest = Array(hash.finalize())
      }
    } catch {
      self[.faultAddress] = error.address.rawValue
      descriptor.status = error.isWrite ? .writeFault : .readFault
      return error
    }
    descriptor.status = .done
    self[.moved] &+= UInt64(length)
    for (i, register) in [CopyEngineRegister.digest0, .digest1, .digest2, .digest3].enumerated() {
      self[register] = (0..<8).reduce(0) { $0 | UInt64(descriptor.digest[8 * i + $1]) << (8 * UInt64($1)) }
    }
    return nil
  }
}
