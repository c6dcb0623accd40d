import Buffers
import Primitives
import Testing

/// Hints of requests: where they come from, and that they go with each.
@Suite struct TopologyTests {
  private let function = RequesterID(rawValue: 8), other = RequesterID(rawValue: 16), link = InterconnectID(7)
  private let memory = PhysicalRange(HostPhysicalAddress(0x1000), 4096, .memory, RangeAttributes(node: 2))

  @Test func steeringFollowsTheNodeOfAnyMemory() {
    let topology = Topology(translationService: .only([function]))
    let peer = PhysicalRange(HostPhysicalAddress(0x1000), 4096, .window(other, bar: 0), RangeAttributes(node: 3))
    let linked = PhysicalRange(HostPhysicalAddress(0x1000), 4096, .interconnect(link), RangeAttributes(node: 4))
    for device in [function, other, nil] {
      #expect(topology.hints(for: memory, from: device, over: .toMemory).steering == 2)
      #expect(topology.hints(for: peer, from: device, over: Path(.peer)).steering == 3)
      #expect(topology.hints(for: peer, from: device, over: Path(.interconnect(link))).steering == 3)
      #expect(topology.hints(for: linked, from: device, over: Path(.interconnect(link))).steering == 4)
    }
  }

  @Test func translationsAreAPolicyForPeers() {
    let peer = PhysicalRange(HostPhysicalAddress(0x1000), 4096, .window(other, bar: 0), RangeAttributes(node: 3))
    func asks(_ policy: Topology.TranslationServicePolicy, _ range: PhysicalRange, _ device: RequesterID?, _ path: Path = Path(.peer)) -> Bool {
      Topology(translationService: policy).hints(for: range, from: device, over: path).asksForTranslation
    }
    #expect(!asks(.never, peer, function))
    #expect(asks(.always, peer, function) && asks(.always, peer, nil))
    #expect(asks(.only([function]), peer, function) && !asks(.only([function]), peer, other) && !asks(.only([function]), peer, nil))
    #expect(!asks(.always, memory, function, .toMemory))
    #expect(!asks(.always, peer, function, Path(.interconnect(link))))
  }

  /// A buffer whose halves lie on two nodes: a region over both has two parts, and each request the hint of its own.
  @Test func aRegionOfMemoryOnTwoNodes() throws {
    let bus = Bus(topology: Topology(translationService: .always)), network = RDMADevice("mlx5_0", on: bus, function: function)
    let owner = HostMemory(on: bus)
    let near = try owner.makeBuffer(named: "near", bytes: 8192), far = try owner.makeBuffer(named: "far", bytes: 8192)
    let halves = try [(near.buffer, UInt8(1)), (far.buffer, UInt8(2))].map { buffer, node in
      let range = try #require(buffer.ranges[0])
      return PhysicalRange(range.start, range.length, .memory, RangeAttributes(node: node))
    }
    let both = Buffer.export(try BufferName("both"), by: Borrowed(), ExporterTerms(offers: .pinned), try RangeList(halves))
    let region = try network.register(both.buffer, from: 4000, length: 8192)
    #expect(region.parts.map(\.offset) == [0, 4192] && region.parts.map(\.length) == [4192, 4000])
    #expect(region.parts.map(\.hints) == [1, 2].map { RequestHints(steering: $0, asksForTranslation: false) })
    try region.key.write([1], at: 0)
    #expect(bus.hintTally.steered == [1: 1])
    try region.key.write([1], at: 4192)
    #expect(try region.key.read(at: 4191, count: 2) == [0, 1])
    #expect(bus.hintTally.steered == [1: 2, 2: 2] && bus.hintTally.translated == 0)
  }

  /// Exports what others have.
  private final class Borrowed: Exporter { let name = "borrowed" }

  @Test func aRegionOfABAR() throws {
    for (policy, translated) in [(Topology.TranslationServicePolicy.never, UInt64(0)), (.only([function]), 1), (.only([other]), 0)] {
      let bus = Bus(topology: Topology(translationService: policy)), network = RDMADevice("mlx5_0", on: bus, function: function)
      let range = try #require(AddressRange(start: HostPhysicalAddress(0x8000_0000), length: 1 << 20))
      let window = try WindowMemory(on: bus, function: other, bar: 2, at: range, node: 3)
      let handle = try window.makeBuffer(named: "bar2", [.init(offset: 0, length: 4096), .init(offset: 8192, length: 4096)])
      let region = try network.register(handle.buffer)
      #expect(region.parts.map(\.length) == [8192])
      #expect(region.parts.map(\.hints) == [RequestHints(steering: 3, asksForTranslation: translated == 1)])
      try region.key.write([5], at: 0)
      #expect(bus.hintTally.steered == [3: 1] && bus.hintTally.translated == translated)
    }
  }

  /// Over a link of its own the same memory is steered alike, and nobody asks the IOMMU of the bus.
  @Test func aRegionBehindAnInterconnect() throws {
    let bus = Bus(topology: Topology(translationService: .always))
    var terms = ImporterTerms.rdma
    terms.interconnect = link
    let network = RDMADevice("mlx5_0", on: bus, function: function, terms: terms)
    let range = try #require(AddressRange(start: HostPhysicalAddress(0x8000_0000), length: 1 << 20))
    let window = try WindowMemory(on: bus, function: other, bar: 2, at: range, paths: [Path(.peer), Path(.interconnect(link))], node: 3)
    let handle = try window.makeBuffer(named: "bar2", [.init(offset: 0, length: 4096)]), region = try network.register(handle.buffer)
    #expect(region.parts.map(\.hints) == [RequestHints(steering: 3, asksForTranslation: false)])
    _ = try region.key.read(at: 0, count: 1)
    #expect(bus.hintTally.steered == [3: 1] && bus.hintTally.translated == 0)
  }

  /// A GPU's memory and what it moves to the system are steered to the node that the GPU is at.
  @Test func aMovedBufferIsSteeredWhereItIs() throws {
    let bus = Bus(), graphics = DeviceMemory(on: bus, function: other, capacity: 1 << 20, node: 5)
    let handle = try graphics.makeBuffer(named: "heap", bytes: 4096), network = RDMADevice("mlx5_0", on: bus, function: function)
    for placement in [Placement.local, .system] {
      try handle.buffer.move(to: placement)
      let region = try network.register(handle.buffer)
      #expect(region.parts.map(\.hints.steering) == [5])
    }
  }
}
