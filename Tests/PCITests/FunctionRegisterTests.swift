import Testing

import PCI

@Suite struct FunctionRegisterTests {
  private func fresh() throws -> FunctionRegisters { FunctionRegisters(try BuiltInDump.read()) }

  @Test func probingGivesTheSizeAndChangesNothing() throws {
    var registers = try fresh()
    let before = registers.space
    registers.write(0x10, width: 4, .max)
    #expect(registers.read(0x10, width: 4) == 0xFFFF_000C)
    registers = try fresh()
    #expect(registers.probeSize(ofBAR: 0) == 0x1_0000 && registers.probeSize(ofBAR: 2) == nil)
    #expect(registers.space == before)
  }

  @Test func wiredBitsStay() throws {
    var registers = try fresh()
    registers.write(0x00, width: 4, 0)
    registers.write(0x74, width: 4, 0)
    #expect(registers.space.vendorID == 0xFFEE && registers.express?.teeIO == true)
    registers.write(0x03, width: 2, 0)
    registers.write(4096, width: 4, 0)
    registers.write(-4, width: 4, 0)
    #expect(registers.read(0x03, width: 2) == .max && registers.read(4096, width: 4) == .max)
  }

  @Test func functionLevelReset() throws {
    var registers = try fresh()
    registers.write(0x214 - 4, width: 4, 0x0500_0001)
    let effects = registers.write(0x78, width: 2, UInt32(registers.read(0x78, width: 2)) | 0x8000)
    #expect(effects == [.functionLevelReset])
    #expect(registers.read(0x78, width: 2) & 0x8000 == 0)
    registers.functionLevelReset()
    #expect(registers.command == [] && registers.bars[0].isAssigned == false && registers.msix?.isEnabled == false)
    #expect(registers.read(0x210, width: 4) == 0x0500_0001, "stream registers survive a function's reset")
    registers.conventionalReset()
    #expect(registers.read(0x210, width: 4) == 0)
  }

  @Test(
    arguments: [
      (0x04, 2, 0x0404, [.memoryEnableCleared]), (0x04, 2, 0x0402, [.busMasterCleared]), (0x04, 2, 0x0006, []),
      (0x05, 1, 0x00, []), (0x04, 4, 0, [.memoryEnableCleared, .busMasterCleared]), (0x0C, 4, 0, [.bistWritten]),
      (0x0F, 1, 0, [.bistWritten]),
      (0x10, 4, 0x0000_000C, [.barWritten(0)]), (0x24, 1, 0, [.barWritten(5)]), (0x30, 4, 0, [.romBARWritten]), (0x3C, 1, 5, []),
      (0x44, 2, 3, [.powerState(.d3hot)]), (0x44, 2, 8, []), (0x78, 2, 0x2030, [.deviceControlSensitive]),
      (0x78, 2, 0x2131, []), (0x78, 2, 0xA130, [.functionLevelReset]),
      (0x78, 2, 0xA930, [.deviceControlSensitive, .functionLevelReset]),
      (0x98, 2, 0x1000, [.deviceControlSensitive]), (0xB2, 2, 0x8000, [.msixCapability]), (0xB3, 1, 0, [.msixCapability]),
      (0x1A8, 4, 2, []), (0x14C, 4, 0, []), (0x210, 4, 0, [.ideControl]), (0x78, 3, 0, []), (0x79, 2, 0, []),
    ] as [(Int, Int, UInt32, [ConfigurationEffect])])
  func whatAWriteTouches(offset: Int, width: Int, value: UInt32, effects: [ConfigurationEffect]) throws {
    var registers = try fresh()
    #expect(registers.write(offset, width: width, value) == effects)
  }

  @Test func powerStates() throws {
    var registers = try fresh()
    #expect(registers.decodesMemory && registers.mastersBus)
    registers.write(0x44, width: 2, 3)
    #expect(registers.powerState == .d3hot && !registers.decodesMemory && !registers.mastersBus)
  }

  @Test func mailbox() throws {
    var registers = try fresh()
    let at = 0x1A0
    for word in [0x0001_0001, 3, 0xDDCC_BBAA] as [UInt32] { registers.write(at + 0x10, width: 4, word) }
    #expect(registers.mailboxes[0].pendingRequest == nil)
    registers.write(at + 8, width: 4, 1 << 31)
    #expect(registers.mailboxes[0].pendingRequest == [1, 0, 1, 0, 3, 0, 0, 0, 0xAA, 0xBB, 0xCC, 0xDD])
    #expect(registers.read(at + 0xC, width: 4) == 1)
    registers.mailboxes[0].respond([1, 2, 3, 4, 5])
    #expect(registers.read(at + 0xC, width: 4) == 1 << 31 && registers.read(at + 0x14, width: 4) == 0x0403_0201)
    registers.write(at + 0x14, width: 4, 0)
    #expect(registers.read(at + 0x14, width: 4) == 5)
    registers.write(at + 0x14, width: 4, 0)
    #expect(registers.read(at + 0xC, width: 4) == 0)
    // A length that lies, then an abort.
    for word in [0x0001_0001, 9] as [UInt32] { registers.write(at + 0x10, width: 4, word) }
    registers.write(at + 8, width: 4, 1 << 31)
    #expect(registers.read(at + 0xC, width: 4) == 4)
    registers.write(at + 8, width: 4, 1)
    #expect(registers.read(at + 0xC, width: 4) == 0)
  }
}
