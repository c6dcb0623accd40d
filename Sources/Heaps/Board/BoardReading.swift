import DeviceTrees
import Primitives

/// Goes through a tree and notes what it says of memory, and what about that is wrong. What Linux would not see is left out and remarked.
struct BoardReading {
  let root: DeviceTreeNode
  let tree: DeviceTree
  private(set) var banks: [AddressRange<HostPhysicalAddress>] = []
  private(set) var regions: [ReservedRegion] = []
  private(set) var problems: [BoardProblem] = []

  /// Far more than any board has; every pair of them may be a conflict.
  static let mostRegions = 1024

  init(_ tree: DeviceTree) { (self.tree, root) = (tree, tree.root) }

  /// What a property of the root says; nothing where it is no text.
  func text(_ name: String) -> [String] { (try? root[name]?.strings()) ?? [] }

  /// OP-TEE's node. Source: the kernel's bindings, arm/firmware/linaro,optee-tz.yaml.
  var hasSecureWorld: Bool {
    tree.nodes.contains { node in
      (try? node.compatible().contains("linaro,optee-tz")) == true && (try? node.isEnabled()) == true
    }
  }

  // MARK: /memory

  /// Nodes of `device_type` memory below the root. DTSpec 0.4 section 3.4; drivers/of/fdt.c, early_init_dt_scan_memory.
  mutating func readBanks() {
    for node in root.children {
      do throws(DeviceTreeError) {
        let type = try node["device_type"]?.strings().first
        guard type == "memory" || (type == nil && node.baseName == "memory") else { continue }
        guard try node.isEnabled() else {
          problems.append(BoardProblem(.disabled, .remark, in: node.path, "status", "this memory is not used"))
          continue
        }
        if type == nil {
          problems.append(BoardProblem(.ignored, .remark, in: node.path, "Linux looks for device_type = \"memory\", which is missing"))
        }
        guard let ranges = try node.ranges(node["linux,usable-memory"] == nil ? "reg" : "linux,usable-memory") else {
          problems.append(BoardProblem(.noPlace, in: node.path, "reg", "memory without a place", expected: "addresses and lengths"))
          continue
        }
        banks += ranges.filter { $0.length > 0 }
        if ranges.allSatisfy({ $0.length == 0 }) {
          problems.append(BoardProblem(.noMemory, .remark, in: node.path, "reg", "it has no length: the boot loader is to write how much there is"))
        }
      } catch { problems.append(BoardProblem(error)) }
    }
    banks.sort { ($0.start, $0.length) < ($1.start, $1.length) }
    for (one, next) in zip(banks, banks.dropFirst()) where one.overlaps(next) {
      problems.append(BoardProblem(.overlap, in: "/memory", "reg", "\(next) is memory twice", expected: "banks that do not overlap"))
    }
    if banks.isEmpty {
      problems.append(BoardProblem(.noMemory, .remark, in: "/", "the tree says of no memory where it is, so regions are not held against it"))
    }
  }

  // MARK: /memreserve/

  mutating func readReservations() {
    for entry in tree.reservations {
      let place = "/memreserve/ at byte 0x\(String(entry.offset, radix: 16))"
      guard entry.size > 0 else {
        problems.append(
          BoardProblem(.zeroSize, in: place, "no bytes at \(hexadecimal(entry.address))", expected: "a length; Linux stops reading here"))
        continue
      }
      guard let range = AddressRange(start: HostPhysicalAddress(entry.address), length: entry.size) else {
        problems.append(BoardProblem(.malformed, in: place, "\(hexadecimal(entry.size)) bytes at \(hexadecimal(entry.address)) leave 64 bits"))
        continue
      }
      add(
        ReservedRegion(
          kind: .reservation, placement: .fixed(range), name: "memreserve", path: "", compatible: [], noMap: false, reusable: false, isDefault: false)
      )
    }
  }

  // MARK: /reserved-memory

  mutating func readReservedMemory() {
    guard let parent = root.children.first(where: { $0.baseName == "reserved-memory" }) else { return }
    do throws(DeviceTreeError) {
      if parent["ranges"] == nil {
        problems.append(
          BoardProblem(.malformed, in: parent.path, "ranges", "missing, so that Linux ignores the whole node", expected: "an empty 'ranges'"))
      }
      if try parent.cells() != root.cells() {
        problems.append(
          BoardProblem(.ignored, .remark, in: parent.path, "#address-cells", "other counts of cells than the root has: Linux ignores the whole node"))
      }
    } catch { problems.append(BoardProblem(error)) }
    for node in parent.children {
      do throws(DeviceTreeError) {
        guard try node.isEnabled() else {
          problems.append(BoardProblem(.disabled, .remark, in: node.path, "status", "this region is not reserved"))
          continue
        }
        for region in try RegionReader(node).regions(&problems) { add(region) }
      } catch { problems.append(BoardProblem(error)) }
    }
    regions.sort { a, b in
      switch (a.range, b.range) {
      case (let a?, let b?): (a.start, a.length) < (b.start, b.length)
      case (nil, _): false
      case (_?, nil): true
      }
    }
  }

  private mutating func add(_ region: ReservedRegion) {
    guard regions.count < Self.mostRegions else {
      if regions.count == Self.mostRegions, !problems.contains(where: { $0.code == .tooMany }) {
        problems.append(BoardProblem(.tooMany, in: region.path, "more regions than \(Self.mostRegions)", expected: "a board"))
      }
      return
    }
    regions.append(region)
  }

  // MARK: memory-region

  /// Whoever names a region has it. `linux,cma` is such a node, of a patch of 2025: it makes a heap of the region that it names.
  mutating func readUsers() {
    for node in tree.nodes {
      guard let property = node["memory-region"] else { continue }
      do throws(DeviceTreeError) {
        let makesHeap = try node.compatible().contains("linux,cma")
        for target in try property.nodes() {
          let path = target.path
          let indices = regions.indices.filter { regions[$0].path == path }
          for index in indices { regions[index].users.append(node.path) }
          if makesHeap, !indices.contains(where: { regions[$0].kind == .contiguous }) {
            problems.append(
              BoardProblem(.contradiction, in: node.path, property.name, "\(path) cannot be a heap", expected: "a shared-dma-pool that is reusable"))
          }
        }
      } catch { problems.append(BoardProblem(error)) }
    }
  }
}
