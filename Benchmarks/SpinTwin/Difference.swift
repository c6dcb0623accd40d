import Exploration
import Foundation
import Models
import Rules

/// The first state that only one of the two has: for ours the way there, for Spin's its neighbour of ours with the fewest differences.
struct Difference {
  let data: TwinData
  let pan: Pan

  init(_ model: Model, _ pan: Pan) {
    data = TwinData(model: model, printsStates: true)
    self.pan = pan
  }

  func isNone() throws -> Bool {
    let model = data.model
    try pan.make(data.text(including: SpinTwin.file(of: model.kind)), breadthFirst: true, [data.printing])
    let output = try pan.run(expecting: 1 << 20, breadthFirst: true).output
    var theirs: Set<String> = [], order: [String] = []
    for line in output.split(separator: "\n") where line.hasPrefix("STATE ") {
      let state = String(line.dropFirst(6))
      if theirs.insert(state).inserted { order.append(state) }
    }
    var explorer = try Explorer(model.system, options: SearchOptions(stopAtFirst: false))
    _ = explorer.run()
    var ours: Set<String> = [], first: Int?
    for i in 0..<explorer.stateCount {
      let state = text(world(i, explorer))
      ours.insert(state)
      if first == nil, !theirs.contains(state) { first = i }
    }
    print("states: \(explorer.stateCount) / \(order.count)")
    if let first {
      print("only the explorer has state \(first):")
      let before = explorer.parent(of: first).map { world($0, explorer) } ?? model.initial
      show(text(before), text(world(first, explorer)))
      print("by " + (actions(from: before, to: world(first, explorer)).joined(separator: ", ")))
    }
    if let state = order.first(where: { !ours.contains($0) }) {
      print("only Spin has, \(order.firstIndex(of: state) ?? 0) states from the start:")
      show(nearest(to: state, among: order.filter(ours.contains)), state)
    }
    return first == nil && ours.count == theirs.count
  }

  private func world(_ index: Int, _ explorer: borrowing Explorer) -> PackedWorld {
    var world = PackedWorld()
    explorer.withState(index) { words in for i in 0..<data.model.width { world.words[i] = words[i] } }
    return world
  }

  private func text(_ world: PackedWorld) -> String {
    data.fields.flatMap { data.values(of: $0, in: world) }.map(String.init).joined(separator: " ")
  }

  private func actions(from: PackedWorld, to: PackedWorld) -> [String] {
    data.model.actions.compactMap { action in
      var world = from
      _ = world.perform(action, data.model.book)
      return world == to ? action.description : nil
    }
  }

  private func nearest(to state: String, among states: [String]) -> String {
    let wanted = state.split(separator: " ")
    func distance(_ other: String) -> Int { zip(wanted, other.split(separator: " ")).count { $0 != $1 } }
    return states.prefix(50_000).map { (distance($0), $0) }.min { $0.0 < $1.0 }?.1 ?? state
  }

  /// Every field of the second state, and of the first where it differs.
  private func show(_ before: String, _ after: String) {
    let names = data.fields.flatMap { field in data.values(of: field, in: data.model.initial).indices.map { "\(field)[\($0)]" } }
    let fields = data.fields.flatMap { field in data.values(of: field, in: data.model.initial).map { _ in field } }
    for (i, pair) in zip(before.split(separator: " "), after.split(separator: " ")).enumerated() where pair.0 != pair.1 || pair.1 != "0" {
      func named(_ value: Substring) -> String { fields[i].text(UInt16(value) ?? 0) }
      print("  \(names[i]): \(pair.0 == pair.1 ? "" : named(pair.0) + " -> ")\(named(pair.1))")
    }
  }
}
