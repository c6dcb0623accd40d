import Charts
import Modelling

/// The report of a room's model as a page: what was asked, and a counterexample step by step.
struct RoomModelPage {
  let model: RoomModel
  let report: Report
  let request: RoomModel.Request
  let line: String

  func html() throws -> String {
    do { return try HTMLChart.render(chart) } catch { throw Leave.badInput("\(error)") }
  }

  private var chart: Chart {
    var header = [Fact("states", "\(report.states)"), Fact("depth", "\(report.depth)")]
    if let fault = request.fault { header.append(Fact("fault", fault)) }
    var chart = Chart(title: model.name, header: header, notes: report.answers.map { Fact(word($0), $0.property) }, resultLine: line)
    guard case .violated(let sentence) = report.verdict, let run = report.counterexample else { return chart }
    chart.headline = Headline(sentence, aside: ["\(run.steps.count) steps"])
    chart.objects = [ObjectState(model.name, fields: run.beginning.flatMap(fields))]
    chart.phases = [Phase("counterexample", run.steps.enumerated().map { row($0.offset + 1, $0.element, isLast: $0.offset + 1 == run.steps.count) })]
    if case .repeats(let from) = run.end { chart.notes.append(Fact("for ever", "the steps from \(from + 1) on are repeated")) }
    return chart
  }

  private func word(_ answer: Report.Answer) -> String {
    switch answer.outcome {
    case .holds: "holds"
    case .neverHadAChance: "never had a chance"
    case .violated: "VIOLATED"
    case .reached: "reached"
    case .neverReached: "NOT REACHED"
    case .undecided: "not decided"
    }
  }

  private func fields(_ start: Run.Start) -> [Fact] {
    guard let count = start.count else { return [Fact(start.field, "\(start.value)")] }
    return (0..<count).map { Fact("\(start.field)[\($0)]", "\(start.value)") }
  }

  private func row(_ index: Int, _ step: Run.Step, isLast: Bool) -> Row {
    let changes = step.changes.map { change in
      Change(model.name, change.index.map { "\(change.field)[\($0)]" } ?? change.field, "\(change.before)", "\(change.after)")
    }
    return Row(index, model.lane(step.action), call: step.action, mark: isLast ? .violated : .ok, changes: changes)
  }
}
