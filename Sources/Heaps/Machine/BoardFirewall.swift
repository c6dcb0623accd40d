import Primitives
import Restriction

/// Who is in the firewall's table of a board, and with which regions: taken from its tree as far as that says so.
///
/// The first seven masters and four regions are the same on every board. Each of the seven is the tree's first device of that role, with its
/// name and its IOMMU; where there is none it is one of the NXP video path, without an IOMMU, and a GPU with one. A tree knows neither who
/// scrubs nor who takes payments. Behind them come the other devices of a film's way, and those to whom firmware left memory.
///
/// Firmware's regions: memory that is left to nobody is one, without a rule. What is left to devices is one for each group of owners, and they
/// alone read and write there. Firmware of a device that plays films belongs to films, as the protected section of a GPU does; otherwise
/// isolation would keep a decoder from its own code.
struct BoardFirewall {
  /// Without the host CPU.
  private(set) var masters: [Master]
  private(set) var regions: [SecureWorld.Region] = [.init(.secureVideo), .init(.payment), .init(.keys), .init(.secureVideo), .init(.firmware)]
  private(set) var rules: [(RegionIndex, MasterIndex, Access)] = []
  /// Of each of the board's masters: its numbers in the table. A GPU has two, one for each of its modes.
  private(set) var numbers: [[MasterIndex]]
  /// Of each of the board's regions: that of the table in which it is kept closed; nil where it is not firmware's.
  private(set) var closed: [RegionIndex?]

  static let video = RegionIndex(0), payment = RegionIndex(1), reported = RegionIndex(3), firmware = RegionIndex(4)
  typealias Numbers = BoardMachine

  init(_ board: BoardMemory) {
    masters = [
      Master("crypto"), Master("codec"), Master("display"), Master("gpu", .translated), Master("gpu-protected", .translated), Master("teller"),
      Master("wiper"),
    ]
    numbers = Array(repeating: [], count: board.masters.count)
    closed = Array(repeating: nil, count: board.regions.count)
    var taken: Set<MasterRole> = []
    for (index, master) in board.masters.enumerated() {
      numbers[index] = taken.insert(master.role).inserted && master.role != .other ? replace(master) : append(master)
    }
    for region in [Self.video, Self.reported] {
      for (number, access) in [
        (Numbers.crypto, Access.write), (Numbers.codec, .both), (Numbers.display, .read), (Numbers.gpuProtected, .both), (Numbers.wiper, .write),
      ] { rules.append((region, number, access)) }
      for (index, master) in board.masters.enumerated() {
        for number in numbers[index] where number > Numbers.wiper && master.role != .other && !isOrdinaryMode(number) {
          rules.append((region, number, Self.access(master.role)))
        }
      }
    }
    rules += [(Self.payment, Numbers.teller, .both), (Self.payment, Numbers.wiper, .write)]
    for (index, owners) in board.owners.enumerated() where board.regions[index].kind == .secureHeap {
      for owner in owners where board.masters[owner].role == .other {
        rules.append((Self.heapRegion(board, index), numbers[owner][0], .both))
      }
    }
    var groups: [([Int], RegionIndex)] = []
    for (index, region) in board.regions.enumerated() where region.isFirmware {
      closed[index] = self.region(of: board.owners[index].sorted(), board, &groups)
    }
  }

  /// What a film's devices may do with it.
  private static func access(_ role: MasterRole) -> Access {
    switch role {
    case .crypto: .write
    case .display: .read
    case .codec, .gpu: .both
    case .other: .none
    }
  }

  /// A secure heap that a device of a film's way names is for films. Of the others the first is, and the second is for payment.
  static func heapRegion(_ board: BoardMemory, _ index: Int) -> RegionIndex {
    if board.owners[index].contains(where: { board.masters[$0].role != .other }) { return video }
    return index == board.regions.firstIndex { $0.kind == .secureHeap } ? video : payment
  }

  /// The first of its role stands where every board has one.
  private mutating func replace(_ master: BoardMaster) -> [MasterIndex] {
    let addressing: Master.Addressing = master.isTranslated ? .translated : .physical
    let places: [MasterIndex] =
      switch master.role {
      case .crypto: [Numbers.crypto]
      case .codec: [Numbers.codec]
      case .display: [Numbers.display]
      case .gpu: [Numbers.gpu, Numbers.gpuProtected]
      case .other: []
      }
    for place in places {
      masters[Int(place.value) - 1] = Master(place == Numbers.gpuProtected ? master.name + ", protected" : master.name, addressing)
    }
    return places
  }

  private mutating func append(_ master: BoardMaster) -> [MasterIndex] {
    guard masters.count < Books.mostMasters - 2 else { return [] }
    let addressing: Master.Addressing = master.isTranslated ? .translated : .physical
    masters.append(Master(master.name, addressing))
    if master.role == .gpu { masters.append(Master(master.name + ", protected", addressing)) }
    return (master.role == .gpu ? [masters.count - 1, masters.count] : [masters.count]).map { MasterIndex(UInt8($0)) }
  }

  /// The first number of a GPU is what it is outside of protected mode.
  private func isOrdinaryMode(_ number: MasterIndex) -> Bool { numbers.contains { $0.count == 2 && $0[0] == number } }

  private mutating func region(of owners: [Int], _ board: BoardMemory, _ groups: inout [([Int], RegionIndex)]) -> RegionIndex? {
    if owners.isEmpty { return Self.firmware }
    if let known = groups.first(where: { $0.0 == owners }) { return known.1 }
    guard regions.count < Books.mostRegions else { return nil }
    let playsFilms = owners.contains { board.masters[$0].role != .other }
    regions.append(.init(playsFilms ? .secureVideo : .firmware))
    let region = RegionIndex(UInt8(regions.count - 1))
    groups.append((owners, region))
    for owner in owners { if let number = numbers[owner].last { rules.append((region, number, .both)) } }
    return region
  }
}
