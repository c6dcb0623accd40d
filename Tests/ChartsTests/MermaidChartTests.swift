import Testing

import Charts

@Suite struct MermaidChartTests {
  @Test func aRunIsASequence() {
    let text = MermaidChart.render(Samples.run)
    #expect(text.hasPrefix("sequenceDiagram\n  title private-mmio on tdx\n  participant p0 as guest\n"))
    #expect(text.contains("p5->>p7: 2 IDE_KM 6 keys, stream 0\n") || text.contains(": 2 IDE_KM 6 keys, stream 0\n"))
    #expect(text.contains("✗ rejected by the device, as declared<br/>TDISP: TEE MMIO, T=0, RUN<br/>guard TLP/t-bit\n"))
  }

  @Test func blocksOpenAndClose() {
    for chart in [Samples.run, Samples.counterexample] + Samples.nasty.map(Samples.hostile) {
      let lines = MermaidChart.render(chart).split(separator: "\n")
      #expect(lines.count { $0.hasPrefix("  rect ") } == lines.count { $0 == "  end" })
    }
  }

  @Test func wordsOfTheLanguageAreCoded() {
    #expect(MermaidChart.escape("end; a#b %%") == "#101;nd#59; a#35;b #37;#37;")
    #expect(MermaidChart.escape("END, bend, ending") == "#69;ND, bend, ending")
    #expect(MermaidChart.escape("<b>\n") == "#60;b#62; ")
    #expect(MermaidChart.escape("") == "#8203;")
  }

  /// Whatever a file says, a line stays one statement of a known shape.
  @Test func hostileTextStaysText() {
    for nasty in Samples.nasty {
      for line in MermaidChart.render(Samples.hostile(nasty)).split(separator: "\n").dropFirst() {
        let known = ["  title ", "  participant p", "  rect rgba(", "    Note over p", "    p", "  end", "  Note over p"]
        #expect(known.contains { line.hasPrefix($0) }, "\(line)")
        let rest = line.replacing("<br/>", with: "").replacing(/#[0-9]+;/, with: "")
        #expect(!rest.contains(/[;#<&%{}]/) || line.hasPrefix("  rect "), "\(line)")
      }
    }
  }
}
