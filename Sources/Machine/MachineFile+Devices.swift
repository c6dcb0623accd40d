import Documents
import Foundation
import Memory
import PCI
import Primitives
import Rules
import TEE

/// The `devices` of a machine file.
extension MachineFile {
  static let deviceKeys = ["lspci", "function", "builtin", "address", "barSizes", "interface", "firmware", "msix"]

  static func device(_ node: DocumentNode, beside others: [Device]) throws(DocumentError) -> Device {
    let map = try node.mapping(keys: deviceKeys)
    let place = try map.required("address")
    let text = try place.string
    guard let address = RequesterID(text) else {
      throw place.error(.wrongType, "\(quoted(text)) is no PCI address", expected: "bus:device.function, as 01:00.0")
    }
    guard !others.contains(where: { $0.address == address }) else { throw place.error(.contradiction, "two devices at \(address)") }
    let sizes = try map.optional("barSizes").map { node throws(DocumentError) in try barSizes(node) } ?? [:]
    let (dump, digest) = try dump(map, sizes)

    let interface = map.optional("interface") ?? node
    var device = Device(
      address: address, source: dump.file, digest: digest, dump: dump, pages: [], engineBAR: 0, firmware: Array(firmwareText.utf8))
    (device.engineBAR, device.pages) = try pages(map.optional("interface"), dump, at: node)
    if let firmware = map.optional("firmware") { device.firmware = Array(try firmware.string.utf8) }
    if let msix = map.optional("msix") { device.msix = try msix.boolean }
    if let first = others.first, first.pages.map(\.isTEE) != device.pages.map(\.isTEE) {
      throw interface.error(
        .contradiction, "the interface differs from that of \(first.address)",
        expected: "as many pages in all devices, TEE memory at the same places")
    }
    return device
  }

  /// `barSizes: {0: 64KiB}`: bytes by number.
  public static func barSizes(_ node: DocumentNode) throws(DocumentError) -> [Int: UInt64] {
    var sizes: [Int: UInt64] = [:]
    for entry in try node.entries {
      // One way to write each, so that no two keys can mean the same BAR.
      guard let index = (0...5).first(where: { String($0) == entry.key }) else {
        throw DocumentError(.unknownKey, at: entry.keyPosition, path: node.path, "no BAR \(quoted(entry.key))", expected: "0 to 5")
      }
      let size = try entry.value.size(in: 16...1 << 36)
      guard size.nonzeroBitCount == 1 else { throw entry.value.error(.outOfRange, "a BAR's size is a power of two") }
      sizes[index] = size
    }
    return sizes
  }

  /// The function's dump, and the SHA-256 of its file: the built-in one, or a file beside the machine file.
  private static func dump(_ map: MappingReader, _ sizes: [Int: UInt64]) throws(DocumentError) -> (ConfigurationSpaceDump, [UInt8]) {
    if let node = map.optional("builtin") {
      for (key, other) in [("lspci", map.optional("lspci")), ("function", map.optional("function"))] {
        if let other { throw other.error(.contradiction, "`\(key)` says nothing beside `builtin`", expected: "builtin or lspci, not both") }
      }
      _ = try node.word(among: ["accelerator"])
      let sizes = sizes.isEmpty ? [0: CopyEngine.barSize] : sizes
      return try function(in: Array(try BuiltInDump.text().utf8), "built-in/\(BuiltInDump.name)", nil, sizes, for: node)
    }
    let node = try map.required("lspci")
    let written = try node.string
    let folder = URL(fileURLWithPath: node.position.file).deletingLastPathComponent()
    let path = written.hasPrefix("/") ? written : folder.appendingPathComponent(written).path
    var address: RequesterID?
    if let place = map.optional("function") {
      address = RequesterID(try place.string)
      if address == nil { throw place.error(.wrongType, "no PCI address", expected: "bus:device.function, as 01:00.0") }
    }
    let bytes: [UInt8]
    do throws(DocumentError) { bytes = try TextFile.bytes(at: path, limit: ConfigurationSpaceDump.fileLimit) } catch {
      throw node.error(
        error.code, "\(quoted(written)): \(error.message)", expected: "the output of lspci -vvvxxxx, beside the machine file")
    }
    return try function(in: bytes, path, address, sizes, for: node)
  }

  /// One function out of a dump. The dump's line is to blame for what is wrong, and the device that wanted it is told as well.
  private static func function(
    in bytes: [UInt8], _ file: String, _ address: RequesterID?, _ sizes: [Int: UInt64], for node: DocumentNode
  ) throws(DocumentError) -> (ConfigurationSpaceDump, [UInt8]) {
    do throws(DocumentError) {
      let text = try TextFile.text(bytes, file: file)
      let dump = try ConfigurationSpaceDump(text: text, file: file, address: address, sizes: sizes)
      return (try dump.checkedForConfidentialUse(), sha256(bytes))
    } catch {
      var told = error
      told.path = "\(node.path) of \(node.position)"
      throw told
    }
  }

  /// The BAR with the engine, and the pages that are exported, in the order of the ranges.
  private static func pages(
    _ node: DocumentNode?, _ dump: ConfigurationSpaceDump, at device: DocumentNode
  ) throws(DocumentError) -> (Int, [ExportedPage]) {
    let map = try node?.mapping(keys: ["bar", "ranges"])
    let index = Int(try map?.optional("bar")?.integer(in: 0...5) ?? 0)
    let place = map?.optional("bar") ?? node ?? device
    guard let bar = dump.bars.first(where: { $0.index == index && $0.isMemory }) else {
      let known = dump.bars.filter(\.isMemory).map { String($0.index) }.joined(separator: ", ")
      throw place.error(.contradiction, "the device has no memory BAR\(index)", expected: "one of: \(known)")
    }
    guard let size = bar.size else {
      throw place.error(.missingKey, "the dump does not say how large BAR\(index) is", expected: "barSizes: {\(index): 64KiB}")
    }
    // The engine has four pages.
    guard size >= 0x4000 else {
      throw place.error(.outOfRange, "BAR\(index) is too small for the engine", expected: "16KiB or more")
    }
    if let reason = CopyEnginePage.collision(bar: index, msix: dump.msix) {
      throw place.error(.contradiction, reason, expected: "interface: {bar: N}, another memory BAR of 16KiB or more")
    }
    guard let list = map?.optional("ranges") else {
      return (index, ExportedPage.copyEngine(bar: index, size: size, msix: dump.msix))
    }
    var pages: [ExportedPage] = []
    for range in try list.sequence {
      let map = try range.mapping(keys: ["offset", "pages", "tee"])
      let offsetNode = try map.required("offset")
      let offset = try offsetNode.integer(in: 0...size - 0x1000)
      guard offset & 0xFFF == 0 else {
        throw offsetNode.error(.outOfRange, "a range starts at a page", expected: "a multiple of 0x1000")
      }
      let count = try map.required("pages").integer(in: 1...(size - offset) >> 12)
      let kind = try map.required("tee")
      let isTEE = try kind.boolean
      // A guest drives the engine with T=1, which the T-bit table rejects at memory that is not TEE memory (PCIe 6.0 section 11.2.3).
      if offset == CopyEnginePage.registers.offset, !isTEE {
        throw kind.error(
          .contradiction, "the engine's registers, the page at \(hexadecimal(offset)), cannot be open to everybody", expected: "tee: true")
      }
      guard UInt64(pages.count) + count <= UInt64(Bounds.machineLimit.pages) else {
        throw range.error(.outOfRange, "too many pages are exported", expected: "at most \(Bounds.machineLimit.pages) a device")
      }
      for p in 0..<count {
        let at = offset + p << 12
        guard !pages.contains(where: { $0.offset == at }) else {
          throw range.error(.contradiction, "the page at \(hexadecimal(at)) is in two ranges")
        }
        pages.append(ExportedPage(bar: index, offset: at, isTEE: isTEE))
      }
    }
    guard !pages.isEmpty else { throw list.error(.missingKey, "no page is exported", expected: "at least one range") }
    // Whoever drives the engine rings its doorbell.
    guard pages.contains(where: { $0.offset == CopyEnginePage.registers.offset }) else {
      throw list.error(
        .contradiction, "the engine's registers, the page at \(hexadecimal(CopyEnginePage.registers.offset)), are in no range",
        expected: "a range from there")
    }
    return (index, pages)
  }
}
