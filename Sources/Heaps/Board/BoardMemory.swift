import DeviceTrees
import Primitives

/// What a device tree says about a board's memory: where there is any, who has taken which part of it, and the heaps that user space will
/// find. Everything is in an order that follows from the tree alone, so that the same tree always gives the same text.
public struct BoardMemory: Sendable {
  /// Empty where the tree does not say.
  public let model: String
  public let compatible: [String]
  /// Of the format.
  public let version: UInt32
  /// In the order of addresses.
  public let banks: [AddressRange<HostPhysicalAddress>]
  /// Fixed ones in the order of addresses, then those that the kernel places.
  public let regions: [ReservedRegion]
  /// Of each region: where it lies, or where a kernel would put it if nothing else was reserved by then.
  public let places: [AddressRange<HostPhysicalAddress>?]
  /// `system` first, the others in the order of their regions.
  public let heaps: [BoardHeap]
  /// Conflicts first.
  public let problems: [BoardProblem]
  /// A secure world that may report heaps of its own at run time (OP-TEE). A tree does not name them.
  public let hasSecureWorld: Bool
  /// Who reaches buffers or memory of firmware, in the order of the tree; those that only a region tells of come last.
  public let masters: [BoardMaster]
  /// Of each region that the CPU is kept out of: positions in `masters` of those to whom it is left. Empty for all others.
  public let owners: [[Int]]
  /// What a machine of it has; nil where none can be made (`whyNoMachine`).
  let machine: MachineMemory?

  /// Never fails: what cannot be read is a problem, and the rest is there.
  public init(_ tree: DeviceTree) {
    var reading = BoardReading(tree)
    reading.readBanks()
    reading.readReservations()
    reading.readReservedMemory()
    reading.sortRegions()
    reading.readUsers()
    let check = RegionCheck(banks: reading.banks, regions: reading.regions)
    let placement = Placement(banks: reading.banks, regions: reading.regions)
    let heaps = HeapList(reading.regions)
    let found = MasterReading(tree, reading.regions, users: reading.users)
    var problems = reading.problems + check.problems + placement.problems + heaps.problems + found.problems
    do throws(BoardProblem) { machine = try MachineMemory(reading, placement.ranges) } catch {
      machine = nil
      problems.append(error)
    }
    model = reading.text("model").first ?? ""
    compatible = reading.text("compatible")
    version = tree.header.version
    (banks, regions, places, self.heaps) = (reading.banks, reading.regions, placement.ranges, heaps.heaps)
    self.problems = problems.filter { $0.severity == .conflict } + problems.filter { $0.severity == .remark }
    (masters, owners, hasSecureWorld) = (found.masters, found.owners, found.hasSecureWorld)
  }

  /// In bytes, what the tree reserves and what it leaves together.
  public var size: UInt64 { banks.reduce(0) { $0 + $1.length } }
  /// Why no machine can be made of it; nil where one can. A tree with so many regions that not all of them are known is none either.
  public var whyNoMachine: BoardProblem? { problems.first { $0.code == .tooMany || $0.code == .noMachine } }
  public var conflicts: Int { problems.count { $0.severity == .conflict } }
}
