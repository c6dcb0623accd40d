import Primitives
import Testing

@Suite struct Wire {
  @Test func roundTrip() throws {
    var writer = WireWriter()
    writer.integer(UInt8(1))
    writer.integer(UInt16(0x2345))
    writer.integer(UInt32(0x6789_ABCD))
    writer.integer(UInt64(0xFEDC_BA98_7654_3210))
    writer.reserve(2)
    writer.append([7, 8])
    #expect(writer.bytes.prefix(3) == [1, 0x45, 0x23])
    var reader = WireReader(writer.bytes)
    #expect(try reader.integer(UInt8.self) == 1)
    #expect(try reader.integer(UInt16.self) == 0x2345)
    #expect(try reader.integer(UInt32.self) == 0x6789_ABCD)
    #expect(try reader.integer(UInt64.self) == 0xFEDC_BA98_7654_3210)
    try reader.skip(2)
    #expect(throws: WireError.leftOver(offset: 17, count: 2)) { try reader.finish() }
    #expect(try reader.take(2) == [7, 8])
    try reader.finish()
  }

  @Test func slicesAndCuts() {
    var reader = WireReader([9, 9, 1, 2, 3][2...])
    #expect(throws: WireError.cut(offset: 0, needed: 4, remaining: 3)) { try reader.integer(UInt32.self) }
    #expect(throws: WireError.cut(offset: 0, needed: -1, remaining: 3)) { try reader.take(-1) }
    #expect((try? reader.integer(UInt16.self)) == 0x0201)
  }
}
