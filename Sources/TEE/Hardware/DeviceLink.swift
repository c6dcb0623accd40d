/// The link between a device and the root port above it, where an IDE stream protects it. What is said over it goes as packets: sealed at
/// one end, opened at the other, with the keys that each end was given.
public protocol ProtectedLink: AnyObject {
  /// The device asks for memory. `bytes` are what memory has, and afterwards what came out at the device. False where a packet did not open.
  func deviceReads(_ bytes: UnsafeMutableRawBufferPointer, at address: UInt64, tBit: Bool) -> Bool
  /// The device writes memory. `bytes` are what it has, and afterwards what came out at the root port.
  func deviceWrites(_ bytes: UnsafeMutableRawBufferPointer, at address: UInt64, tBit: Bool) -> Bool
}

/// How a request gets from one end of a device's link to the other. PCIe 6.0 section 6.33.4.
public enum LinkPath {
  /// Beside every stream, as it is.
  case plain
  case protected(any ProtectedLink)
  /// It belongs to a stream, and that protects nothing: nowhere.
  case cut
}
