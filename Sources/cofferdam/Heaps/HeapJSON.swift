import Heaps
import Primitives

/// A board's memory as JSON lines: a header, then one bank, region, heap, master or problem a line, then the result.
enum HeapJSON {
  static func lines(_ board: BoardMemory, file: String, _ result: HeapResult) -> String {
    var lines = [
      one(
        "header",
        .members([
          "devicetree": .string(file), "version": JSONValue(board.version), "model": .string(board.model), "compatible": JSONValue(board.compatible),
          "secureWorld": board.hasSecureWorld ? "op-tee" : nil,
        ]))
    ]
    lines += board.banks.map { one("bank", .members(["start": address($0.start), "size": JSONValue($0.length)])) }
    lines += board.regions.enumerated().map { index, region in
      self.region(region, heap: board.heaps.first { $0.region == index }, owners: board.owners[index].map { board.masters[$0].path })
    }
    lines += board.heaps.map { heap in
      let region = heap.region.map { board.regions[$0] }
      return one(
        "heap",
        .members([
          "name": .string(heap.name), "kind": .string(heap.kind.rawValue), "region": region.map { .string($0.path) },
          "start": region?.range.map { address($0.start) }, "size": region.map { JSONValue($0.size) } ?? JSONValue(board.freeSize),
        ]))
    }
    lines += board.masters.map { master in
      one(
        "master", .members(["role": .string(master.role.rawValue), "node": .string(master.path), "iommu": .boolean(master.isTranslated)]))
    }
    lines += board.problems.map { problem in
      one(
        "problem",
        .members([
          "severity": .string(problem.severity.rawValue), "code": .string(problem.code.rawValue), "node": .string(problem.path),
          "property": problem.property.isEmpty ? nil : .string(problem.property), "message": .string(problem.message),
          "expected": problem.expectation.isEmpty ? nil : .string(problem.expectation),
        ]))
    }
    let fields = result.fields.map { JSONValue.Member($0.name, JSONValue($0.value)) }
    lines.append(one("result", .object([.init("result", .string(result.passes ? "pass" : "fail"))] + fields)))
    return lines.joined(separator: "\n") + "\n"
  }

  private static func region(_ region: ReservedRegion, heap: BoardHeap?, owners: [String]) -> String {
    var members: [JSONValue.Member] = [.init("name", .string(region.name)), .init("kind", .string(region.kind.rawValue))]
    if !region.path.isEmpty { members.append(.init("node", .string(region.path))) }
    switch region.placement {
    case .fixed(let range): members.append(.init("start", address(range.start)))
    case .dynamic(_, let alignment, let within):
      members.append(.init("alignment", JSONValue(alignment)))
      members.append(.init("within", .array(within.map { .members(["start": address($0.start), "size": JSONValue($0.length)]) })))
    }
    members.append(.init("size", JSONValue(region.size)))
    members.append(.init("flags", JSONValue(region.flags)))
    if !region.compatible.isEmpty { members.append(.init("compatible", JSONValue(region.compatible))) }
    members.append(.init("users", JSONValue(region.users)))
    if region.isFirmware { members.append(.init("owners", JSONValue(owners))) }
    if let heap { members.append(.init("heap", .string(heap.name))) }
    return one("region", .object(members))
  }

  private static func one(_ name: String, _ value: JSONValue) -> String { JSONValue.object([.init(name, value)]).text }

  /// As in an event log: a text, since JSON's numbers are not addresses.
  private static func address(_ address: HostPhysicalAddress) -> JSONValue { .string("0x" + String(address.rawValue, radix: 16)) }
}
