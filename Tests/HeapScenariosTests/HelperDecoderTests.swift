import Foundation
import HeapScenarios
import Heaps
import Testing

/// Helpers that do not do what a decoder does: each is an error that says what, and none holds up a run.
@Suite struct HelperDecoderTests {
  private static let frame = #"printf '\001\000\000\000\001\000\000\000\001\000\000\000x'"#

  @Test(arguments: [
    ("exec /bin/sleep 60", "gives nothing for 1 s"), ("exec 1>&-; exec /bin/sleep 60", "does not end for 1 s"),
    ("while :; do \(frame); done", "more frames than the 2 samples"), ("printf abc", "in the middle of a frame"), ("exit 3", "ended with status 3"),
    (#"printf '\001\000\000\000\001\000\000\000\377\377\377\377'"#, "cut or too large"),
    (#"printf '\001\000\000\000\001\000\000\000\000\000\000\000'"#, "cut or too large"), ("kill -9 $$", "ended with status"),
  ])
  func aHelperThatMisbehaves(script: String, says: String) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("helper-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    let decoder = try HelperDecoder(path: path, patience: 1)
    let error = #expect(throws: HeapError.self) { try decoder.decode(configuration: [1], samples: [[2], [3]]) { _ in } }
    #expect(error?.description.contains(says) == true, "\(script): \(String(describing: error))")
  }

  @Test func framesComeAsTheyAre() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("helper-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "#!/bin/sh\n/bin/cat > /dev/null\n\(Self.frame)\n\(Self.frame)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    var frames: [[UInt8]] = []
    try HelperDecoder(path: path, patience: 10).decode(configuration: [1], samples: [[2], [3]]) { frames.append($0.bytes) }
    #expect(frames == [[120], [120]])
  }
}
