import Testing

import Charts

@Suite struct HistoryTests {
  @Test func changesAddUp() {
    var history = History(beginningOf: Samples.run)
    #expect(history.objects[0]["actual"] == "CONFIG_UNLOCKED")
    for row in Samples.bind.rows { history.apply(row) }
    #expect(history.objects[0]["actual"] == "CONFIG_LOCKED")
    #expect(history.objects[3]["state"] == "MMIO_MAPPED")
    #expect(history.maps[0].regions.last?.ownership.owner == "device private")
    let end = History(endOf: Samples.run)
    #expect(end.objects[3].fields.isEmpty)
    #expect(end.maps[0].regions.count == 2)
  }

  @Test func objectsMayAppear() {
    let chart = Chart(
      title: "",
      phases: [Phase("", [Row(1, .vmm, call: "x", changes: [Change("new", "state", nil, "on"), Change("void", "a", "b", nil)])])],
      resultLine: "")
    #expect(History(endOf: chart).objects == [ObjectState("new", fields: [Fact("state", "on")])])
  }

  /// Every way two stretches can lie, against an array of bytes.
  @Test func paintingIsWhatBytesWouldShow() {
    for a in 0..<6 {
      for b in a...6 {
        for c in 0..<6 {
          for d in c...6 {
            for owner in ["late", nil] as [String?] {
              var map = MemoryMap(
                "s", [Region(0, length: 2, owner: "low"), Region(UInt64(a), length: UInt64(b - a), owner: "early")])
              map.paint(UInt64(c), UInt64(d - c), owner.map { Ownership($0) })
              var bytes: [String?] = ["low", "low", nil, nil, nil, nil]
              for i in a..<b { bytes[i] = "early" }
              for i in c..<d { bytes[i] = owner }
              var shown = [String?](repeating: nil, count: 6)
              for region in map.regions { for i in region.start..<region.end { shown[Int(i)] = region.ownership.owner } }
              #expect(shown == bytes)
              #expect(zip(map.regions, map.regions.dropFirst()).allSatisfy { $0.end <= $1.start })
            }
          }
        }
      }
    }
  }

  @Test func theEndOfTheSpaceIsAnEnd() {
    let map = MemoryMap(
      "s",
      [Region(.max - 1, length: .max, owner: "last"), Region(0, length: .max, owner: "all"), Region(5, length: 0, owner: "none")])
    #expect(map.regions.map(\.ownership.owner) == ["all"])
  }

  @Test func lanesHaveTheirPlaces() {
    let lanes = Lane.columns(["memory", "odd", "device:b", "guest", "device:a", "kvm", "guest"])
    #expect(lanes.map(\.rawValue) == ["guest", "kvm", "device:b", "device:a", "memory", "odd"])
    #expect(Lane.device("0000:02:00.0").kind == "device" && Lane.device("0000:02:00.0").instance == "0000:02:00.0")
  }
}
