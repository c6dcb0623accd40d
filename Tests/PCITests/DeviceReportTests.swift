import Foundation
import Testing

import PCI

@Suite struct DeviceReportTests {
  @Test func textFitsItsColumnsAndSaysWhatMatters() throws {
    let long = String(repeating: "very-long-folder/", count: 12) + "d.txt"
    let broken = Dumps.patched(0x77, [0x10], in: Dumps.patched(0x15, [1]))
    let report = DeviceReport(try ConfigurationSpaceDump(text: broken, file: long))
    #expect(!report.isUsable)
    #expect(report.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let good = DeviceReport(try BuiltInDump.read())
    #expect(good.isUsable && good.text.contains("BAR0  0x38_0000_0000  64 KiB  64-bit prefetchable memory"))
    #expect(good.text.contains("reset (FLR)    yes") && good.text.contains("selective 1"))
  }

  @Test func jsonRoundTrip() throws {
    let report = DeviceReport(try BuiltInDump.read())
    let json = try report.json()
    #expect(try JSONDecoder().decode(DeviceReport.self, from: Data(json.utf8)) == report)
    #expect(json.contains("\"teeIO\" : true"))
  }
}
