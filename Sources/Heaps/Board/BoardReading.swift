import DeviceTrees
import Primitives

/// Goes through a tree and notes what it says of memory, and what about that is wrong. What Linux would not see is left out and remarked.
struct BoardReading {
  let root: DeviceTreeNode
  let tree: DeviceTree
  /// Memory of whole pages, and which node has it: in the order of addresses, and disjoint once all are read.
  private(set) var places: [Bank] = []
  var banks: [AddressRange<HostPhysicalAddress>] { places.map(\.range) }
  /// The first that has no whole page. Kernels do not look at it.
  private(set) var lessThanAPage: Bank?
  private(set) var regions: [ReservedRegion] = []
  private(set) var problems: [BoardProblem] = []
  /// Who names which region in `memory-region`, in the order of the tree. As many as are listed.
  private(set) var users: [(region: Int, node: DeviceTreeNode)] = []

  /// Far more than any board has; every pair of them may be a conflict.
  static let mostRegions = 256
  static let mostBanks = 1024
  static let mostProblems = 256
  static let mostUsers = 64
  static let mostReferences = 1 << 16

  struct Bank {
    var range: AddressRange<HostPhysicalAddress>
    let path: String
    let property: String
  }

  init(_ tree: DeviceTree) { (self.tree, root) = (tree, tree.root) }

  /// What a property of the root says; nothing where it is no text.
  func text(_ name: String) -> [String] { (try? root[name]?.strings()) ?? [] }

  /// What goes on for ever is not worth reading to its end.
  private mutating func note(_ problem: BoardProblem) {
    if problems.count < Self.mostProblems { problems.append(problem) }
    guard problems.count == Self.mostProblems - 1 else { return }
    problems.append(BoardProblem(.tooMany, in: problem.path, "more problems than \(Self.mostProblems)", expected: "a board"))
  }

  // MARK: /memory

  /// Nodes of `device_type` memory below the root. DTSpec 0.4 section 3.4; drivers/of/fdt.c, early_init_dt_scan_memory.
  mutating func readBanks() {
    for node in root.children where problems.count < Self.mostProblems {
      do throws(DeviceTreeError) {
        let type = try node["device_type"]?.strings().first
        guard type == "memory" || (type == nil && node.baseName == "memory") else { continue }
        guard try node.isEnabled() else {
          note(BoardProblem(.disabled, .remark, in: node.path, "status", "this memory is not used"))
          continue
        }
        if type == nil {
          note(BoardProblem(.ignored, .remark, in: node.path, "Linux looks for device_type = \"memory\", which is missing"))
          continue
        }
        let property = node["linux,usable-memory"] == nil ? "reg" : "linux,usable-memory"
        guard let ranges = try node.ranges(property) else {
          note(BoardProblem(.noPlace, in: node.path, "reg", "memory without a place", expected: "addresses and lengths"))
          continue
        }
        guard places.count + ranges.count <= Self.mostBanks else {
          return note(BoardProblem(.tooMany, in: node.path, "more banks than \(Self.mostBanks)", expected: "a board"))
        }
        for range in ranges where range.length > 0 { add(Bank(range: range, path: node.path, property: property)) }
        if ranges.allSatisfy({ $0.length == 0 }) {
          note(BoardProblem(.noMemory, .remark, in: node.path, "reg", "it has no length: the boot loader is to write how much there is"))
        }
      } catch { note(BoardProblem(error)) }
    }
    makeDisjoint()
    if banks.isEmpty {
      note(BoardProblem(.noMemory, .remark, in: "/", "the tree says of no memory where it is, so regions are not held against it"))
    }
  }

  /// The whole pages of it, which are what Linux takes. drivers/of/fdt.c, early_init_dt_add_memory_arch.
  private mutating func add(_ bank: Bank) {
    guard let whole = bank.range.wholePages else {
      lessThanAPage = lessThanAPage ?? bank
      return note(
        BoardProblem(
          .ignored, .remark, in: bank.path, bank.property, "\(bank.range) has no whole page, so Linux ignores it", expected: "multiples of 4 KiB"))
    }
    if whole != bank.range {
      note(
        BoardProblem(
          .ignored, .remark, in: bank.path, bank.property, "of \(bank.range) Linux takes the whole pages, \(whole)", expected: "multiples of 4 KiB"))
    }
    places.append(Bank(range: whole, path: bank.path, property: bank.property))
  }

  /// Sorts the banks. What is memory twice is said, and counted once.
  private mutating func makeDisjoint() {
    places.sort { ($0.range.start, $0.range.length) < ($1.range.start, $1.range.length) }
    var disjoint: [Bank] = []
    for bank in places {
      guard let last = disjoint.last?.range, last.overlaps(bank.range) else {
        disjoint.append(bank)
        continue
      }
      note(
        BoardProblem(
          .overlap, in: bank.path, bank.property, "\(bank.range) is memory already, from \(last.start) on", expected: "banks that do not overlap"))
      let end = max(last.end, bank.range.end)
      if let both = AddressRange(start: last.start, length: end.rawValue - last.start.rawValue) { disjoint[disjoint.count - 1].range = both }
    }
    places = disjoint
  }

  // MARK: /memreserve/

  mutating func readReservations() {
    for entry in tree.reservations {
      let place = "/memreserve/ at byte 0x\(String(entry.offset, radix: 16))"
      guard entry.size > 0 else {
        return note(
          BoardProblem(.zeroSize, in: place, "no bytes at \(hexadecimal(entry.address))", expected: "a length; Linux stops reading here"))
      }
      guard let range = AddressRange(start: HostPhysicalAddress(entry.address), length: entry.size) else {
        note(BoardProblem(.malformed, in: place, "\(hexadecimal(entry.size)) bytes at \(hexadecimal(entry.address)) leave 64 bits"))
        continue
      }
      add(
        ReservedRegion(
          kind: .reservation, placement: .fixed(range), name: "memreserve", path: "", compatible: [], position: 0, phandle: nil, noMap: false,
          reusable: false,
          isDefault: false)
      )
    }
  }

  // MARK: /reserved-memory

  mutating func readReservedMemory() {
    guard let parent = root.children.first(where: { $0.baseName == "reserved-memory" }) else { return }
    if let problem = whyIgnored(parent) { return note(problem) }
    for node in parent.children where regions.count < Self.mostRegions && problems.count < Self.mostProblems {
      do throws(DeviceTreeError) {
        guard try node.isEnabled() else {
          note(BoardProblem(.disabled, .remark, in: node.path, "status", "this region is not reserved"))
          continue
        }
        let (regions, problems) = try RegionReader(node).read()
        for problem in problems { note(problem) }
        for region in regions { add(region) }
      } catch { note(BoardProblem(error)) }
    }
  }

  /// Linux looks at no child of a node that counts cells otherwise than the root, or leaves that or `ranges` out.
  /// drivers/of/of_reserved_mem.c, __reserved_mem_check_root.
  private func whyIgnored(_ parent: DeviceTreeNode) -> BoardProblem? {
    do throws(DeviceTreeError) {
      guard parent["ranges"] != nil else {
        return BoardProblem(.malformed, in: parent.path, "ranges", "missing, so that Linux ignores the whole node", expected: "an empty 'ranges'")
      }
      for name in ["#address-cells", "#size-cells"] where parent[name] == nil {
        return BoardProblem(.malformed, in: parent.path, name, "missing, so that Linux ignores the whole node", expected: "what the root has")
      }
      guard try parent.cells() == root.cells() else {
        return BoardProblem(
          .malformed, in: parent.path, "#address-cells", "other counts of cells than the root has, so that Linux ignores the whole node",
          expected: "what the root has")
      }
      return nil
    } catch { return BoardProblem(error) }
  }

  /// Those with a place in the order of addresses, then those that the kernel places, in the order of the tree.
  mutating func sortRegions() {
    regions.sort { a, b in
      switch (a.range, b.range) {
      case (let a?, let b?): (a.start, a.length) < (b.start, b.length)
      case (nil, _): false
      case (_?, nil): true
      }
    }
  }

  private mutating func add(_ region: ReservedRegion) {
    if regions.count < Self.mostRegions { regions.append(region) }
    guard regions.count == Self.mostRegions, !problems.contains(where: { $0.code == .tooMany }) else { return }
    note(BoardProblem(.tooMany, in: region.path, "\(Self.mostRegions) regions or more", expected: "a board"))
  }

  // MARK: memory-region

  private mutating func addUser(_ node: DeviceTreeNode, of index: Int) {
    guard regions[index].users.count < Self.mostUsers else { return }
    regions[index].users.append(node.path)
    users.append((index, node))
    guard regions[index].users.count == Self.mostUsers, regions[index].position == 0 else { return }
    note(BoardProblem(.ignored, .remark, in: regions[index].path, "users behind number \(Self.mostUsers) are not listed"))
  }

  /// Whoever names a region has it. `linux,cma` is such a node, of a patch of 2025: it makes a heap of the region that it names.
  mutating func readUsers() {
    let indicesOf = Dictionary(grouping: regions.indices) { regions[$0].path }
    var references = 0
    for node in tree.nodes where problems.count < Self.mostProblems {
      guard let property = node["memory-region"] else { continue }
      do throws(DeviceTreeError) {
        let makesHeap = try node.compatible().contains("linux,cma")
        let targets = try property.nodes()
        references += targets.count
        guard references <= Self.mostReferences else {
          return note(BoardProblem(.tooMany, in: node.path, property.name, "more references than \(Self.mostReferences)", expected: "a board"))
        }
        for target in targets {
          let path = target.path, indices = indicesOf[path] ?? []
          for index in indices { addUser(node, of: index) }
          if makesHeap, !indices.contains(where: { regions[$0].kind == .contiguous }) {
            note(
              BoardProblem(.contradiction, in: node.path, property.name, "\(path) cannot be a heap", expected: "a shared-dma-pool that is reusable"))
          }
        }
      } catch { note(BoardProblem(error)) }
    }
  }
}
