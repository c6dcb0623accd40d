import Buffers
import Primitives
import Sharing
import Testing

/// Who can bear what: the table of linux.md section 8, and the first thing that does not meet.
@Suite struct NegotiationTests {
  private static let page = PhysicalRange(HostPhysicalAddress(0x1000), 4096)

  private func agree(
    _ importer: ImporterTerms, _ offers: LifetimeClasses, _ paths: [Path] = [.toMemory], _ range: PhysicalRange = page, isLive: Bool = true
  ) throws -> Result<Agreement, Refusal> {
    importer.agree(with: ExporterTerms(offers: offers, paths: paths), over: try RangeList(range), isLive ? .live : .revoked(.restorable))
  }

  struct Row: Sendable {
    var name: String
    var importer: ImporterTerms
    var pinned: Bool, revocable: Bool, movable: Bool
  }
  static let table = [
    Row(name: "kvm", importer: .kvm, pinned: true, revocable: true, movable: true),
    Row(name: "iommufd", importer: .iommufd, pinned: true, revocable: true, movable: false),
    Row(name: "rdma", importer: .rdma, pinned: true, revocable: true, movable: false),
    Row(name: "gpu", importer: .gpu, pinned: true, revocable: false, movable: true),
    Row(name: "compositor", importer: .compositor, pinned: true, revocable: false, movable: true),
    Row(name: "static", importer: .fixed, pinned: true, revocable: false, movable: false),
  ]

  @Test(arguments: table) func whoBearsWhat(_ row: Row) throws {
    for (lifetime, bears) in [(LifetimeClass.pinned, row.pinned), (.revocable, row.revocable), (.movable, row.movable)] {
      switch try agree(row.importer, LifetimeClasses(lifetime)) {
      case .success(let agreement):
        #expect(bears, "\(row.name)")
        #expect(agreement.lifetime == lifetime)
      case .failure(let refusal):
        #expect(!bears, "\(row.name)")
        #expect(refusal == .lifetime(offered: LifetimeClasses(lifetime), bearable: row.importer.bears))
      }
    }
  }

  @Test func theExporterKeepsTheMostFreedom() throws {
    #expect(try agree(.kvm, [.pinned, .revocable, .movable]).get().lifetime == .movable)
    #expect(try agree(.iommufd, [.pinned, .revocable, .movable]).get().lifetime == .revocable)
    #expect(try agree(.gpu, [.pinned, .revocable]).get().lifetime == .pinned)
  }

  @Test func theFirstThingThatDoesNotMeetIsNamed() throws {
    let peer = [Path(.peer)], link = [Path(.interconnect(InterconnectID(3)))]
    let hidden = PhysicalRange(HostPhysicalAddress(0x1000), 4096, .memory, RangeAttributes(cpuMappable: false))
    let cipher = PhysicalRange(HostPhysicalAddress(0x1000), 4096, .memory, RangeAttributes(encrypted: true))
    let high = PhysicalRange(HostPhysicalAddress(0x1_0000_0000), 4096)
    var narrow = ImporterTerms.fixed
    narrow.width = 32
    func refusal(_ result: Result<Agreement, Refusal>) -> Refusal? { if case .failure(let refusal) = result { refusal } else { nil } }
    #expect(refusal(try agree(.fixed, .revocable, peer, hidden, isLive: false)) == .peerMemory)
    #expect(refusal(try agree(.rdma, .revocable, link)) == .privateInterconnect(InterconnectID(3)))
    #expect(refusal(try agree(.fixed, .revocable, [.toMemory], hidden, isLive: false)) == .cpuInvisible)
    #expect(refusal(try agree(.fixed, .pinned, [.toMemory], cipher)) == .encrypted)
    #expect(refusal(try agree(narrow, .revocable, [.toMemory], high, isLive: false)) == .width(needed: 33, has: 32))
    #expect(refusal(try agree(.fixed, .revocable, isLive: false)) == .revoked)
    #expect(refusal(try agree(.fixed, .revocable)) == .lifetime(offered: .revocable, bearable: .pinned))
    #expect(Refusal.revoked.number == 19 && Refusal.peerMemory.number == 95)
  }

  /// An offset between PCI and CPU addresses can make an address narrow that would be too wide.
  @Test func widthIsThatOfTheBusAddress() throws {
    let high = PhysicalRange(HostPhysicalAddress(0x80_0000_0000), 4096)
    var narrow = ImporterTerms.rdma
    narrow.width = 32
    let agreed = try agree(narrow, .revocable, [Path(.peer, offset: 0x7F_0000_0000 + 0x8000_0000)], high)
    #expect(try agreed.get().path.bus(high.start) == BusAddress(0x8000_0000))
    // A way that does not lead to the address at all.
    if case .success = try agree(narrow, .revocable, [Path(.peer, offset: 0x81_0000_0000)], high) { Issue.record("a wrapped address") }
  }

  @Test func theImporterChoosesItsWay() throws {
    let machine = Machine()
    let ways = [Path(.peer, hops: 3), Path(.peer, offset: 0x1000, hops: 1), Path(.interconnect(InterconnectID(7)))]
    let window = try machine.window(paths: ways)
    let handle = try window.makeBuffer(named: "p2p", [.init(offset: 0, length: 4096)])
    var terms = ImporterTerms.rdma
    let importer = Scripted("near", terms), near = try handle.buffer.attach(importer, as: Revocable.self)
    #expect(near.record.agreement.path == ways[1])
    let mapping = try near.map()
    #expect(mapping.address(of: 0) == importer.address(0x8000_0000 - 0x1000))
    terms.interconnect = InterconnectID(7)
    let linked = try handle.buffer.attach(Scripted("linked", terms), as: Revocable.self)
    #expect(linked.record.agreement.path == ways[2])
  }

  @Test func attachGivesTheClassInItsType() throws {
    let machine = Machine()
    let handle = try machine.graphics().makeBuffer(named: "heap", bytes: 4096)
    switch try handle.buffer.attach(Scripted("gpu", .gpu)) {
    case .movable(let attachment): attachment.detach()
    case .pinned: Issue.record("pinned")
    case .revocable: Issue.record("revocable")
    }
    do {
      _ = try handle.buffer.attach(Scripted("gpu", .gpu), as: Revocable.self)
      Issue.record("attached")
    } catch {
      #expect(error.code == .refused)
      #expect(error.cause == .lifetime(offered: [.pinned, .movable], bearable: []))
    }
  }

  /// A client could take its buffer back while it is being drawn; a compositor is never given one that can be taken.
  @Test func aCompositorIsNeverGivenWhatItsClientCanTake() throws {
    let machine = Machine()
    let handle = try machine.onlyRevocable.makeBuffer(named: "surface", bytes: 4096)
    do {
      _ = try handle.buffer.attach(CPU("compositor", terms: .compositor))
      Issue.record("attached")
    } catch { #expect(error.cause == .lifetime(offered: .revocable, bearable: [.pinned, .movable])) }
    #expect(handle.buffer.attachments.isEmpty)
  }
}
