import Heaps
import Primitives
import Testing

@Suite struct Registry {
  @Test func aHeapIsFoundByNameAndPhandleAndByItsFormerName() throws {
    let bench = try Workbench(), registry = HeapRegistry(), video = try bench.videoHeap()
    try registry.register(bench.system)
    try registry.register(video, phandle: 0x2A)
    #expect(registry.heaps.map(\.name) == ["system", "protected,secure-video"])
    #expect(registry.find(.name("restricted,secure-video")) === video && registry.find(.phandle(0x2A)) === video)
    #expect(registry.find(.phandle(1)) == nil)
    #expect(code { try registry.register(bench.system) } == .sameName)
    #expect(code { try registry.register(bench.contiguous, phandle: 0x2A) } == .sameName)
  }

  @Test func whoComesBeforeTheHeapIsToldWhenItComes() throws {
    let bench = try Workbench(), registry = HeapRegistry()
    var told: [String] = []
    #expect(code { _ = try registry.require(.name("protected,secure-video")) } == .unknownHeap)
    registry.whenRegistered(.name("protected,secure-video")) { told.append("gpu: " + $0.name) }
    registry.whenRegistered(.phandle(7)) { told.append("codec: " + $0.name) }
    try registry.register(bench.system)
    #expect(told.isEmpty && registry.waitingCount == 2)
    try registry.register(try bench.videoHeap(), phandle: 7)
    #expect(told == ["gpu: protected,secure-video", "codec: protected,secure-video"] && registry.waitingCount == 0)
    registry.whenRegistered(.name("system")) { told.append($0.name) }
    #expect(told.last == "system")
  }
}
