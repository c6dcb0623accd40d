import Crypto
import Primitives

extension FunctionRegisters {
  /// SHA-384 of vendor, device, class, revision and where capabilities are: who the function is, the same over resets and whatever is
  /// written to it.
  public var identityDigest: [UInt8] {
    var writer = WireWriter()
    writer.integer(space.vendorID)
    writer.integer(space.deviceID)
    writer.integer(space.classCode)
    writer.integer(space.revision)
    for capability in capabilities.capabilities { writer.integer(UInt16(truncatingIfNeeded: capability.offset)) }
    return Array(SHA384.hash(data: writer.bytes))
  }
}
