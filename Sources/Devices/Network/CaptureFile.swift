import Foundation
import Primitives

/// A capture of objects: libpcap's classic format, link type 292, one DOE object a packet, as Wireshark and DMTF's spdm-dump read it.
public struct CaptureFile {
  /// PCI DOE. https://www.tcpdump.org/linktypes.html
  public static let linkType: UInt32 = 292

  public private(set) var bytes: [UInt8]

  public init() {
    var writer = WireWriter()
    writer.integer(0xA1B2_C3D4 as UInt32)
    writer.integer(2 as UInt16)
    writer.integer(4 as UInt16)
    writer.reserve(8)
    writer.integer(0x40_0000 as UInt32)
    writer.integer(Self.linkType)
    bytes = writer.bytes
  }

  /// `time` in microseconds since 1970.
  public mutating func append(_ object: [UInt8], time: UInt64) {
    var writer = WireWriter()
    writer.integer(UInt32(truncatingIfNeeded: time / 1_000_000))
    writer.integer(UInt32(truncatingIfNeeded: time % 1_000_000))
    writer.integer(UInt32(object.count))
    writer.integer(UInt32(object.count))
    writer.append(object)
    bytes += writer.bytes
  }
}
