import DeviceTrees

/// What a device does on a film's way from file to screen.
public enum MasterRole: String, CaseIterable, Hashable, Sendable {
  case crypto, codec, display, gpu
  /// Nothing there: another processor, or a device that firmware left memory.
  case other
}

extension MasterRole {
  /// What a node is, by its name as the specification recommends them, and else by a word of its `compatible`; nil for what none of these is.
  ///
  /// DTSpec 0.4 section 2.2.2 (generic names). Words are those of bindings in the kernel's Documentation/devicetree/bindings (crypto, display,
  /// gpu, media); a name of the maker stands before the comma, and a chip's before or after the word.
  init?(of node: DeviceTreeNode, compatible: [String]) {
    let base = String(node.baseName)
    let words = compatible.map { "-" + $0.drop { $0 != "," }.dropFirst().map { ".,_".contains($0) ? "-" : $0 } + "-" }
    func says(_ some: [String]) -> Bool { words.contains { text in some.contains { text.contains("-\($0)-") } } }
    // Beside a GPU or a decoder stand its power switch, its IOMMU and a second processor for clocks; an encoder plays nothing.
    guard !says(["ctrl", "smmu", "iommu", "gmu", "enc", "venc", "encoder"]), !["iommu", "encoder"].contains(base) else { return nil }
    for (role, names, tells) in Self.signs where names.contains(base) || says(tells) {
      self = role
      return
    }
    return nil
  }

  /// Displays first: some are named after the GPU of the same maker.
  private static let signs: [(role: MasterRole, names: [String], words: [String])] = [
    (
      .display, ["display-controller", "lcd-controller", "lcdif", "vop", "hdlcd", "clcd", "dss"],
      [
        "lcdif", "dcss", "lcdc", "ltdc", "tilcdc", "vop", "vop2", "hdlcd", "pl110", "pl111", "dss", "mdss", "dpu", "disp-ovl", "disp-rdma",
        "vdo1-rdma", "mali-d71", "mali-dp500", "mali-dp550", "mali-dp650", "hvs", "decon", "fimd",
      ]
    ),
    (.gpu, ["gpu"], ["mali", "adreno", "gc", "powervr", "sgx"]),
    (
      .codec, ["video-codec", "video-decoder", "vcodec", "vdec", "vpu"],
      ["vpu", "vcodec", "vdec", "rkvdec", "hantro", "venus", "iris", "video-codec", "video-decoder", "video-engine", "coda960", "wave521c", "mfc"]
    ),
    (.crypto, ["crypto"], ["crypto", "qce", "sa2ul", "sa3ul", "caam"]),
  ]
}
