import Foundation
import Testing

import Charts

@Suite struct HTMLChartTests {
  @Test func everythingIsInOneFile() throws {
    let page = try HTMLChart.render(Samples.run)
    #expect(page.hasPrefix("<!doctype html>") && page.contains("default-src 'none'"))
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("@import") && !page.contains("url("))
    #expect(page.contains("prefers-color-scheme: dark"))
  }

  @Test func withoutTheScriptEverythingCanBeRead() throws {
    let page = try HTMLChart.render(Samples.run)
    let written = try #require(page.split(separator: "<script", maxSplits: 1).first)
    for row in Samples.run.rows {
      #expect(written.contains("id=\"step=\(row.index)\""))
      #expect(written.contains("<b>\(row.call)</b>"))
      for change in row.changes { #expect(written.contains(HTMLText.escape(change.after ?? change.field))) }
    }
    #expect(written.contains("rejected by the device, as declared") && written.contains("guard TLP/t-bit"))
    #expect(written.contains("0x3800_0000_0000 + 16 KiB"))
    #expect(written.contains(Samples.run.resultLine))
  }

  @Test func aCounterexampleOpensWithTheBrokenPromise() throws {
    let page = try HTMLChart.render(Samples.counterexample)
    #expect(page.contains("<h1 class=\"violated\"><b>✗</b> a private mapping outlives its interface</h1>"))
    #expect(page.contains("◀ breaks it"))
  }

  @Test func theScriptsDataIsJSONAndAddsUp() throws {
    for chart in [Samples.run, Samples.counterexample] + Samples.nasty.map(Samples.hostile) {
      let text = PageData.json(chart, PageOwners(chart))
      let data = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      let rows = try #require(data["rows"] as? [[String: Any]])
      #expect(rows.count == chart.rows.count)
      // The splices, applied as the script does it, give the same end as the history.
      var counts = try #require(data["maps"] as? [[Any]]).map { ($0.last as? [Any])?.count ?? -1 }
      for row in rows {
        for splice in try #require(row["memory"] as? [[Any]]) {
          let space = try #require(splice[0] as? Int)
          if space == counts.count { counts.append(0) }
          counts[space] += try #require(splice[4] as? [Any]).count - #require(splice[3] as? Int)
        }
      }
      #expect(counts == History(endOf: chart).maps.map(\.regions.count))
    }
  }

  /// No text from a file opens or closes an element, an attribute or a script.
  @Test func hostileTextStaysText() throws {
    let plain = tags(try HTMLChart.render(Samples.hostile("plain")))
    let colon = tags(try HTMLChart.render(Samples.hostile("a:b")))  // a lane with an instance
    for nasty in Samples.nasty where !nasty.allSatisfy(\.isWhitespace) && !nasty.unicodeScalars.contains("\u{FEFF}") {
      let page = try HTMLChart.render(Samples.hostile(nasty))
      let isSame = tags(page) == (nasty.contains(":") ? colon : plain)
      #expect(isSame, "\(nasty)")
      #expect(!page.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
    }
  }

  private func tags(_ page: String) -> [String] { page.matches(of: /<\/?[a-zA-Z!][a-z0-9]*/).map { String($0.output) } }

  @Test func theSameChartIsTheSameFile() throws {
    #expect(try HTMLChart.render(Samples.run) == HTMLChart.render(Samples.run))
    #expect(HTMLText.size(4096) == "4 KiB" && HTMLText.size(1536) == "1536 B" && HTMLText.size(0) == "0 B")
    #expect(HTMLText.size(.max) == "18446744073709551615 B")
  }
}
