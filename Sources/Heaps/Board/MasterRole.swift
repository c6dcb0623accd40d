import DeviceTrees

/// What a device does on a film's way from file to screen.
public enum MasterRole: String, CaseIterable, Hashable, Sendable {
  case display, gpu, codec, crypto
  /// Nothing there: another processor, or a device that firmware left memory.
  case other
}

extension MasterRole {
  /// What a node is, by its name as the specification recommends them, and else by a word of its `compatible`; nil for what none of these is.
  ///
  /// DTSpec 0.4 section 2.2.2 (generic names). Words are those of bindings in the kernel's Documentation/devicetree/bindings (crypto, display,
  /// gpu, media); a name of the maker stands before the comma, and a chip's before or after the word. Trees have thousands of nodes, so this
  /// works on bytes, and asks a table for each word once.
  /// - Parameter compatible: the property's value.
  init?(of node: DeviceTreeNode, compatible: ArraySlice<UInt8>) {
    let base = String(decoding: node.name.utf8.prefix { $0 != UInt8(ascii: "@") }, as: UTF8.self)
    guard !Self.besides.contains(base) else { return nil }
    var found = Self.names[base]
    for text in compatible.split(separator: 0) {
      guard let comma = text.firstIndex(of: UInt8(ascii: ",")) else { continue }
      var last = ""
      for part in text[(comma + 1)...].split(whereSeparator: { Self.separators.contains($0) }) {
        let word = String(decoding: part, as: UTF8.self)
        guard !Self.besides.contains(word) else { return nil }
        let pair = Self.beginnings.contains(last) ? Self.words[last + "-" + word] : nil
        for role in [pair, Self.words[word]].compactMap({ $0 }) where role.rank < found?.rank ?? .max { found = role }
        last = word
      }
    }
    guard let found else { return nil }
    self = found
  }

  /// Displays first: some are named after the GPU of the same maker.
  private var rank: Int { Self.allCases.firstIndex(of: self) ?? .max }

  private static let separators = Set(",-._".utf8)
  /// What stands beside such devices: power switches, IOMMUs, a second processor for clocks. And encoders, which play nothing.
  private static let besides: Set<String> = ["ctrl", "smmu", "iommu", "gmu", "enc", "venc", "encoder"]
  private static let names = table([
    .display: ["display-controller", "lcd-controller", "lcdif", "vop", "hdlcd", "clcd", "dss"], .gpu: ["gpu"],
    .codec: ["video-codec", "video-decoder", "vcodec", "vdec", "vpu"], .crypto: ["crypto"],
  ])
  private static let words = table([
    .display: [
      "lcdif", "dcss", "lcdc", "ltdc", "tilcdc", "vop", "vop2", "hdlcd", "pl110", "pl111", "dss", "mdss", "dpu", "disp-ovl", "disp-rdma",
      "vdo1-rdma", "mali-d71", "mali-dp500", "mali-dp550", "mali-dp650", "hvs", "decon", "fimd",
    ], .gpu: ["mali", "adreno", "gc", "powervr", "sgx"],
    .codec: [
      "vpu", "vcodec", "vdec", "rkvdec", "hantro", "venus", "iris", "video-codec", "video-decoder", "video-engine", "coda960", "wave521c", "mfc",
    ], .crypto: ["crypto", "qce", "sa2ul", "sa3ul", "caam"],
  ])
  /// First halves of pairs.
  private static let beginnings = Set(words.keys.filter { $0.contains("-") }.map { String($0.prefix { $0 != "-" }) })

  private static func table(_ signs: KeyValuePairs<MasterRole, [String]>) -> [String: MasterRole] {
    var table: [String: MasterRole] = [:]
    for (role, words) in signs { for word in words { table[word] = role } }
    return table
  }
}
