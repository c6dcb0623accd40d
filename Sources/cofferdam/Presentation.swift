import Charts
import Scenarios

/// A recording in the form that was asked for.
struct Presentation {
  let recording: Recording
  let options: OutputOptions

  init(_ recording: Recording, _ options: OutputOptions) { (self.recording, self.options) = (recording, options) }

  /// Writes the document and the last line.
  func show() throws { try options.write(try document(), last: recording.result.line) }

  func document() throws -> String {
    switch options.format {
    case .json: return recording.text
    case .text:
      let chart = EventChart.chart(of: recording)
      let text = TextChart.render(chart, width: 80, style: options.output == nil ? Terminal.style : .plain)
      return Self.withoutLastLine(text, chart.resultLine)
    case .mermaid: return MermaidChart.render(EventChart.chart(of: recording))
    case .html:
      do { return try HTMLChart.render(EventChart.chart(of: recording)) } catch { throw Leave.badInput("\(error)") }
    }
  }

  /// The text ends with the line for machines, which `OutputOptions.write` prints itself.
  private static func withoutLastLine(_ text: String, _ line: String) -> String {
    let trimmed = text.hasSuffix("\n") ? String(text.dropLast()) : text
    return trimmed.hasSuffix(line) ? String(trimmed.dropLast(line.count)) : text
  }
}
