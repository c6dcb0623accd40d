import Testing

import Charts

@Suite struct TextChartTests {
  @Test func aRunReadsAsInTheMail() {
    let text = TextChart.render(Samples.run)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "private-mmio on tdx   machine builtin   seed 1   evidence: unauthenticated")
    #expect(lines[2] == "connect")
    #expect(lines[3].hasPrefix("   1  tsm → device") && lines[3].hasSuffix("✓"))
    #expect(text.contains("✗ rejected by the device, as declared\n"))
    #expect(text.contains("TDISP: TEE MMIO, T=0, RUN   guard TLP/t-bit\n"))
    #expect(text.hasSuffix("\n" + Samples.run.resultLine + "\n"))
  }

  @Test func whatDoesNotFitGoesBelowWhole() {
    let text = TextChart.render(Samples.run)
    #expect(text.contains("\n                                 CONFIG_UNLOCKED → CONFIG_LOCKED\n"))
    #expect(text.contains("\n                                 gpa 0x8010_0000 hpa 0x3800_0000_0000\n"))
    #expect(text.contains("\n    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"))
  }

  @Test func aCounterexampleSaysWhatBreaksIt() {
    let text = TextChart.render(Samples.counterexample)
    #expect(text.hasPrefix("✗ a private mapping outlives its interface"))
    #expect(text.contains("id 7f3a-91c2-04\n"))
    #expect(text.contains("◀ breaks it\n"))
    #expect(text.contains("closed → open\n"))
    #expect(text.contains("passes if"))
  }

  @Test func noLineIsTooWide() {
    for width in [40, 80] {
      for style in [TextStyle.plain, .ascii] {
        for nasty in Samples.nasty {
          for headline in [nil, Headline(nasty, aside: [nasty, nasty])] {
            var chart = Samples.hostile(nasty)
            chart.headline = headline
            for line in TextChart.render(chart, width: width, style: style).split(separator: "\n").dropLast() {
              #expect(PlainText.width(String(line)) <= width, "\(line)")
            }
          }
        }
      }
    }
  }

  @Test func nothingInAFileMovesTheCursor() {
    for nasty in Samples.nasty {
      let text = TextChart.render(Samples.hostile(nasty))
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x202E) })
      #expect(text.utf8.count < 100_000)
    }
  }

  @Test func asciiIsAscii() {
    for chart in [Samples.run, Samples.counterexample] + Samples.nasty.map(Samples.hostile) {
      #expect(TextChart.render(chart, style: .ascii).utf8.allSatisfy { $0 < 0x80 })
    }
    #expect(TextChart.render(Samples.run, style: .ascii).contains("NO rejected by the device, as declared"))
  }

  @Test func colourOnlyWhenAskedAndNeverCounted() {
    let plain = TextChart.render(Samples.run)
    let coloured = TextChart.render(Samples.run, style: .terminal)
    #expect(!plain.contains("\u{1B}"))
    #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
  }

  @Test func everyMarkHasItsSign() {
    #expect(Mark.allCases.map(TextStyle.plain.sign) == ["✓", "✗", "·", "✗", "✗"])
    #expect(Mark.allCases.map(TextStyle.ascii.sign) == ["ok", "NO", "-", "NO", "NO"])
  }
}
