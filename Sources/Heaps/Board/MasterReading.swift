import DeviceTrees

/// Finds the masters of a tree: who plays films, and to whom regions are left.
///
/// A node without `compatible` is no device but a part of the one above it (a GPU's `zap-shader`), and so is a node of the same role that has
/// no IOMMU of its own (a display's controller inside its subsystem).
struct MasterReading {
  private(set) var masters: [BoardMaster] = []
  private(set) var hasSecureWorld = false
  private(set) var problems: [BoardProblem] = []
  /// Of each region, in the order of the tree: positions in `masters`. Empty where nobody names it.
  private(set) var owners: [[Int]]

  /// Far more than any board has.
  static let mostMasters = 48

  init(_ tree: DeviceTree, _ regions: [ReservedRegion], users: [(region: Int, node: DeviceTreeNode)]) {
    owners = Array(repeating: [], count: regions.count)
    for node in tree.nodes {
      guard let compatible = node["compatible"]?.bytes else { continue }
      if !hasSecureWorld, Self.isSecureWorld(compatible) { hasSecureWorld = (try? node.isEnabled()) == true }
      guard masters.count < Self.mostMasters, let role = MasterRole(of: node, compatible: compatible), node["reg"] != nil,
        node["#iommu-cells"] == nil, node["#power-domain-cells"] == nil, isInUse(node)
      else { continue }
      let path = node.path, isPart = masters.contains { $0.role == role && path.hasPrefix($0.path + "/") }
      if !isPart || node["iommus"] != nil { add(node, role) }
    }
    for (region, node) in users where regions[region].isFirmware || regions[region].kind == .secureHeap {
      guard let owner = owner(device(of: node)) else { continue }
      if !owners[region].contains(owner) { owners[region].append(owner) }
    }
  }

  /// OP-TEE's node: the kernel's bindings, arm/firmware/linaro,optee-tz.yaml.
  private static func isSecureWorld(_ compatible: ArraySlice<UInt8>) -> Bool {
    compatible.split(separator: 0).contains { $0.count == optee.count && $0.elementsEqual(optee) }
  }
  private static let optee = Array("linaro,optee-tz".utf8)

  /// The node that has a driver.
  private func device(of node: DeviceTreeNode) -> DeviceTreeNode {
    var device = node
    while device["compatible"] == nil, let above = device.parent, !above.isRoot { device = above }
    return device
  }

  /// The master that a device is or is a part of; a new one where there is none and room for one.
  private mutating func owner(_ device: DeviceTreeNode) -> Int? {
    guard isInUse(device) else { return nil }
    let path = device.path
    if let known = masters.firstIndex(where: { $0.path == path }) { return known }
    if let around = masters.lastIndex(where: { path.hasPrefix($0.path + "/") }) { return around }
    guard masters.count < Self.mostMasters else {
      problems.append(BoardProblem(.ignored, .remark, in: path, "memory-region", "masters behind number \(Self.mostMasters) are not known"))
      return nil
    }
    add(device, .other)
    return masters.count - 1
  }

  private mutating func add(_ node: DeviceTreeNode, _ role: MasterRole) {
    masters.append(BoardMaster(name: node.name, path: node.path, role: role, isTranslated: isTranslated(node)))
  }

  /// A bus that is switched off switches off what is on it.
  private func isInUse(_ node: DeviceTreeNode) -> Bool {
    var next: DeviceTreeNode? = node
    while let here = next {
      guard (try? here.isEnabled()) == true else { return false }
      next = here.parent
    }
    return true
  }

  /// `iommus` is phandles, each with as many cells behind it as the IOMMU says (the kernel's bindings, iommu/iommu.txt). The first decides:
  /// nobody is behind one alone with one half of his accesses.
  private mutating func isTranslated(_ node: DeviceTreeNode) -> Bool {
    guard let property = node["iommus"] else { return false }
    do throws(DeviceTreeError) {
      guard let phandle = try property.words().first, let iommu = node.tree.node(phandle: phandle), iommu["#iommu-cells"] != nil else {
        problems.append(
          BoardProblem(.ignored, .remark, in: node.path, "iommus", "it names no IOMMU, so the device is taken to have none", expected: "its phandle"))
        return false
      }
      return isInUse(iommu)
    } catch {
      problems.append(BoardProblem(error, .remark))
      return false
    }
  }
}
