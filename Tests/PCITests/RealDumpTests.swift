import Documents
import Foundation
import Primitives
import Testing

import PCI

/// Real devices, where they are at hand: each must load, and their text and bytes must agree.
@Suite struct RealDumps {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data/pci")
    .standardizedFileURL
  static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".txt") }
    .sorted()

  static func text(_ name: String) throws -> String { try TextFile.text(at: folder.appending(path: name).path) }

  @Test(arguments: files) func everyFunctionLoads(file: String) throws {
    let text = try Self.text(file)
    let addresses = ConfigurationSpaceDump.addresses(in: text)
    #expect(!addresses.isEmpty)
    for address in addresses {
      let dump = try ConfigurationSpaceDump(text: text, file: file, address: address)
      #expect(dump.problems.filter { $0.severity == .error } == [], "\(file) \(address)")
    }
  }

  @Test(.enabled(if: files.contains("cap-ide.txt"))) func encryptionDevice() throws {
    let dump = try ConfigurationSpaceDump(text: try Self.text("cap-ide.txt"), file: "cap-ide.txt")
    let walk = dump.capabilities
    let wanted: [CapabilityID] = [
      .powerManagement, .pciExpress, .advancedErrorReporting, .singleRootIOV, .alternativeRouting, .accessControl,
      .processAddressSpace, .integrityAndEncryption, .dataObjectExchange,
    ]
    #expect(wanted.allSatisfy { walk[$0] != nil })
    let express = PCIExpress(try #require(walk[.pciExpress]), in: dump.space)
    #expect(express.functionLevelReset && express.teeIO)
    let ide = IntegrityAndEncryption(try #require(walk[.integrityAndEncryption]), in: dump.space)
    #expect(ide.linkStreams == 0 && ide.selectiveStreams == 1 && ide.keyManagement && ide.teeLimited)
    #expect(dump.bars.map(\.index) == [0, 2])
    #expect(dump.bars.map(\.address.rawValue) == [0x200_1400_0000, 0x200_1801_3000])
    #expect(dump.problems.filter { $0.code == .upperHalfAsRegion }.map { $0.position.line } == [6, 8])
  }
}
