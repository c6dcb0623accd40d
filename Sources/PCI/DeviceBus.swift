import Primitives

/// The way out of a device: DMA and interrupts, as far as the machine lets them go.
///
/// The device speaks IOVAs and knows nothing of what stands behind them. A machine translates page by page and may hand
/// out contiguous runs; `copy` exists so that bulk data moves from run to run without passing through the device.
public protocol DeviceBus {
  /// Fills `buffer`. On a fault nothing is promised about its content.
  mutating func read(_ address: IOVirtualAddress, into buffer: UnsafeMutableRawBufferPointer) throws(BusFault)
  mutating func write(_ address: IOVirtualAddress, from buffer: UnsafeRawBufferPointer) throws(BusFault)

  /// Moves `length` bytes. The parts before a fault may have moved.
  mutating func copy(from source: IOVirtualAddress, to destination: IOVirtualAddress, length: Int) throws(BusFault)
  /// The same, showing each contiguous piece to `visit`, in order, as it was read.
  mutating func copy(
    from source: IOVirtualAddress, to destination: IOVirtualAddress, length: Int, visiting visit: (UnsafeRawBufferPointer) -> Void
  ) throws(BusFault)

  /// Sends one interrupt message. A message that is refused is lost, as on the bus.
  mutating func signal(_ message: InterruptMessage)
}

/// A request that came back refused, or not at all.
public struct BusFault: Error, Hashable, Sendable {
  public enum Reason: String, Hashable, Sendable {
    /// No translation, or one without this permission.
    case translation
    /// The bus, a key or a firewall said no (unsupported request, completer abort).
    case refused
    /// Bus mastering is off.
    case notMaster
  }
  public let address: IOVirtualAddress
  public let isWrite: Bool
  public let reason: Reason

  public init(_ address: IOVirtualAddress, isWrite: Bool, _ reason: Reason) {
    (self.address, self.isWrite, self.reason) = (address, isWrite, reason)
  }
}

/// One MSI-X message: a memory write of four bytes.
public struct InterruptMessage: Hashable, Sendable {
  public let vector: Int
  public let address: UInt64
  public let data: UInt32

  public init(vector: Int, address: UInt64, data: UInt32) { (self.vector, self.address, self.data) = (vector, address, data) }
}

/// For a bus that has nothing better: pieces of 64 KiB through a buffer.
extension DeviceBus {
  public mutating func copy(from source: IOVirtualAddress, to destination: IOVirtualAddress, length: Int) throws(BusFault) {
    try copy(from: source, to: destination, length: length) { _ in }
  }

  public mutating func copy(
    from source: IOVirtualAddress, to destination: IOVirtualAddress, length: Int, visiting visit: (UnsafeRawBufferPointer) -> Void
  ) throws(BusFault) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(max(length, 1), 1 << 16), alignment: 16)
    defer { buffer.deallocate() }
    var done = 0
    while done < length {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, length - done)])
      guard let from = source.advanced(by: UInt64(done)) else { throw BusFault(source, isWrite: false, .translation) }
      guard let to = destination.advanced(by: UInt64(done)) else { throw BusFault(destination, isWrite: true, .translation) }
      try read(from, into: piece)
      visit(UnsafeRawBufferPointer(piece))
      try write(to, from: UnsafeRawBufferPointer(piece))
      done += piece.count
    }
  }
}
