import Foundation
import Testing

/// A requester and a device in two processes, over TCP: the whole flow, and with each thing that the device can do wrong.
@Suite struct DeviceServeTests {
  @Test(arguments: ["emulator", "doe"], ["clear", "encrypted"]) func wholeFlow(framing: String, handshake: String) throws {
    let served = try Served(["--handshake", handshake, "--heartbeat", "20"])
    for _ in 0..<2 {
      let run = try served.connect("--framing", framing)
      #expect(run.status == 0, "\(run.output)\(run.diagnostics)")
      #expect(run.lastLine == "result: pass evidence=unauthenticated steps=7/7")
    }
  }

  /// What each fault comes to: the step, and the word for what went wrong; nil where the requester copes.
  static let faults: [(fault: String, failure: String?)] = [
    ("bad-signature", "failed=connect reason=signature"), ("wrong-nonce", "failed=connect reason=signature"),
    ("stale-report", "failed=report reason=stale"), ("reordered-ranges", "failed=report reason=report"),
    ("wrong-lock-nonce", "failed=start reason=interfaceError"), ("truncated-portion", "failed=connect reason=cut"), ("busy=2", nil),
    ("not-ready", nil), ("error-at=4", "failed=connect reason=peerError"), ("drop-session-at=3", "failed=ide reason=peerError"), ("slow=10", nil),
    ("hang-at=5", "failed=connect reason=timeout"), ("close-at=5", "failed=connect reason=closed"),
    ("lie-about-length", "failed=connect reason=timeout"),
  ]

  /// Objects come in frames or bare, and a fault is a fault in both.
  @Test(arguments: faults, ["emulator", "doe"]) func oneFault(fault: (fault: String, failure: String?), framing: String) throws {
    let served = try Served(["--fault", fault.fault]), failure = fault.failure
    let run = try served.connect("--timeout", "1", "--framing", framing)
    // What nobody answered says nothing of the device.
    #expect(run.lastLine.contains("evidence=none") == (failure.map { $0.hasSuffix("timeout") || $0.hasSuffix("closed") } ?? false))
    #expect(run.status == (failure == nil ? 0 : 1), "\(run.output)\(run.diagnostics)")
    #expect(run.lastLine.hasSuffix(failure ?? "steps=7/7"), "\(run.output)")
  }

  /// Who speaks only what is not spoken here is told what is, and that says nothing of evidence.
  @Test(arguments: [([0x1100], "1.2 or 1.3 among 1.1"), ([0x1000, 0x2000], "1.2 or 1.3 among 1.0, 2.0"), ([], "1.2 or 1.3 among none")])
  func anotherAge(versions: [UInt16], said: String) throws {
    let stranger = try Stranger { question in
      guard question[2] == 1 else { return Stranger.discovery(question) }
      let entries = versions.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
      return Stranger.object([0x10, 0x04, 0, 0, 0, UInt8(versions.count)] + entries)
    }
    for extra in [[], ["--json"]] {
      let run = try Program.run(["device", "connect", "127.0.0.1:\(stranger.port)", "--timeout", "5"] + extra)
      #expect(run.status == 1 && run.output.contains(said), "\(run.output)")
      #expect((run.output + run.diagnostics).contains("result: fail evidence=none steps=1/7 failed=connect reason=version"), "\(run.output)")
      guard !extra.isEmpty else { continue }
      for line in run.output.split(separator: "\n") { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    }
  }

  /// A mailbox that does not name SPDM is not taken to have passed.
  @Test func aMailboxThatNamesTooLittle() throws {
    let stranger = try Stranger { $0[2] == 0 ? Stranger.object([1, 0, 0, 0], kind: 0) : nil }
    let run = try Program.run("device", "connect", "127.0.0.1:\(stranger.port)", "--timeout", "5")
    #expect(run.output.hasPrefix("[ -- ] connect  discovery     objects 1/0: 1/1 and 1/2 of SPDM not among them"), "\(run.output)")
    #expect(run.status == 1 && run.lastLine == "result: fail evidence=none steps=1/7 failed=connect reason=closed")
  }

  @Test func staleMeasurements() throws {
    let served = try Served(["--fault", "stale-measurements"])
    #expect(try served.connect("--steps", "attest").status == 0)
    #expect(try served.connect("--steps", "attest").lastLine.hasSuffix("failed=attest reason=answer"))
  }

  @Test func keysBeforeLock() throws {
    let strict = try Served()
    #expect(try strict.connect("--steps", "lock").lastLine == "result: fail evidence=unauthenticated steps=2/2 failed=lock reason=interfaceError")
    #expect(try Served(["--fault", "lock-without-keys"]).connect("--steps", "lock").status == 0)
  }

  @Test func identityPolicyAndCapture() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-identity-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let served = try Served(["--new-identity", folder.path])
    let key = try FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent("key.pem").path)
    #expect(key[.posixPermissions] as? Int == 0o600)
    let root = folder.appendingPathComponent("root.pem").path
    let pcap = folder.appendingPathComponent("x.pcap").path
    let run = try served.connect("--root", root, "--pcap", pcap, "--json")
    #expect(run.status == 0 && run.diagnostics.contains("result: pass evidence=verified"), "\(run.output)\(run.diagnostics)")
    #expect(!run.output.contains("secret"))
    let capture = try Array(Data(contentsOf: URL(fileURLWithPath: pcap)))
    #expect(capture.prefix(4) == [0xD4, 0xC3, 0xB2, 0xA1] && capture[20] == 0x24 && capture[21] == 1)
    #expect(try served.connect("--root", root, "--steps", "ide", "--show-secrets").output.contains("secret   IDE key, receive posted"))

    let digest = try #require(run.output.firstRange(of: "\"index\":1,\"got\":\""))
    let value = run.output[digest.upperBound...].prefix { $0 != "\"" }
    let policy = folder.appendingPathComponent("policy.yaml")
    let text = "root: root.pem\nmeasurements:\n  - {index: 1, value: \(value)}\nrequire: [hardware-identity, normal-mode]\n"
    try Data(text.utf8).write(to: policy)
    let good = try served.connect("--policy", policy.path)
    #expect(good.status == 0 && good.output.contains("[pass] attest   index 1"), "\(good.output)\(good.diagnostics)")
    try Data(text.replacingOccurrences(of: "value: ", with: "value: 00").utf8).write(to: policy)
    #expect(try served.connect("--policy", policy.path).lastLine.hasSuffix("failed=attest reason=policy"))
    // Another device with other keys is not this one.
    #expect(try Served().connect("--root", root).lastLine.hasSuffix("failed=connect reason=rootHash"))
    // The identity is there to stay.
    #expect(try Served(["--identity", folder.path]).connect("--root", root).status == 0)
    #expect(throws: Served.NotServing.self) { try Served(["--new-identity", folder.path]) }
  }

  /// A device of a user's machine file: its address, its interface and its firmware are what is served.
  @Test func aMachinesDevice() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-machine-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("machine.yaml").path
    let text = """
      machine: two
      memory: 4GiB
      guest:
        private: {count: 2, size: 2MiB, base: 0x1000_0000}
        shared: {count: 1, size: 2MiB, base: 0x4000_0000}
      devices:
        - {builtin: accelerator, address: "02:00.0", firmware: one}
        - builtin: accelerator
          address: "03:00.0"
          firmware: two
          barSizes: {0: 64KiB}
          interface: {bar: 0, ranges: [{offset: 0x0, pages: 2, tee: true}, {offset: 0x8000, pages: 2, tee: false}]}
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    let served = try Served(["--machine", file, "--address", "03:00.0"])
    let run = try served.connect("--json")
    #expect(run.status == 0 && run.output.contains("0000:03:00.0"), "\(run.output)\(run.diagnostics)")
    // SHA-384 of "two".
    #expect(run.output.contains("0b5a10c7071b313d2feee9e3864155eabfc5494d1882a3284da1015af0cb648e"), "\(run.output)")
    #expect(run.output.contains("2 pages, not TEE memory"))
    #expect(try Program.run("device", "serve", "--machine", file, "--address", "04:00.0").diagnostics.contains("has no device at 0000:04:00.0"))
    #expect(try Program.run("device", "serve", "--machine", file, "--functions", "2").status == 2)
  }

  /// Whoever takes all the files that a server has leaves it waiting, not turning round, and it serves again when they are given back.
  @Test func noFileForWhoeverComes() throws {
    let served = try Served([], files: 24)
    var sockets: [Int32] = []
    for _ in 0..<40 { if let socket = Self.connection(to: served.port) { sockets.append(socket) } }
    #expect(sockets.count > 24)
    usleep(300_000)
    let before = Self.processorTicks(of: served.process.processIdentifier)
    usleep(1_000_000)
    // A server that turns round takes a hundred a second.
    #expect(Self.processorTicks(of: served.process.processIdentifier) - before < 30)
    for socket in sockets { close(socket) }
    usleep(600_000)
    #expect(try served.connect("--steps", "connect").status == 0)
  }

  private static func connection(to port: String) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = (UInt16(port) ?? 0).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    if result == 0 { return descriptor }
    close(descriptor)
    return nil
  }

  /// Hundredths of a second, of user and system.
  private static func processorTicks(of process: Int32) -> Int {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    let fields = text.split(separator: ")").last?.split(separator: " ").compactMap { Int($0) } ?? []
    // Behind the name: a letter, then numbers; utime and stime are the fourteenth and fifteenth of all.
    return fields.count > 11 ? fields[10] + fields[11] : 0
  }

  @Test func severalAtOnce() throws {
    let served = try Served(["--functions", "4"])
    let runs = (0..<4).map { number -> Process in
      let process = Process()
      process.executableURL = Program.executable
      process.arguments = ["device", "connect", "127.0.0.1:" + served.port, "--function", "0000:01:00.\(number)", "--stream", "\(number)"]
      process.standardOutput = FileHandle.nullDevice
      return process
    }
    for run in runs { try run.run() }
    for run in runs {
      run.waitUntilExit()
      #expect(run.terminationStatus == 0)
    }
  }

  @Test func whatIsSaidOfNobody() throws {
    let nobody = try Program.run("device", "connect", "127.0.0.1:1", "--timeout", "1")
    #expect(nobody.status == 2 && nobody.diagnostics.contains("unreachable"))
    for wrong in [["127.0.0.1"], ["127.0.0.1:0"], ["::1:5"], ["127.0.0.1:1", "--steps", "dance"], ["127.0.0.1:1", "--timeout", "0"]] {
      #expect(try Program.run(["device", "connect"] + wrong).status == 2)
    }
    #expect(try Program.run("device", "serve", "--fault", "dance").status == 2)
    #expect(try Program.run("device", "serve", "--fault", "list").output.contains("lock-without-keys"))
  }
}

enum SavedReportFiles {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data/evidence").standardizedFileURL
  static let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "hopperAttestationReport.txt").path)
}

/// `device verify` on a real device's report, where it is at hand.
@Suite(.enabled(if: SavedReportFiles.isThere)) struct DeviceVerifyTests {
  private func verify(_ report: String, _ more: [String] = []) throws -> Program {
    func path(_ name: String) -> String { SavedReportFiles.folder.appending(path: name).path }
    let day = ["--at", "2026-11-21"]
    return try Program.run(
      ["device", "verify", report, "--chain", path("hopperCertChain.txt"), "--root", path("verifier_device_root.pem")] + day + more)
  }

  private var report: String { SavedReportFiles.folder.appending(path: "hopperAttestationReport.txt").path }

  @Test func verifies() throws {
    let run = try verify(report)
    #expect(run.status == 0 && run.lastLine == "result: pass evidence=verified measurements=64 policy=none", "\(run.output)\(run.diagnostics)")
    #expect(run.output.contains("leaf NVIDIA:GH100:48B02D92494BADF4"))
    let json = try verify(report, ["--json"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect((object["measurements"] as? [Any])?.count == 64 && object["evidence"] as? String == "verified")
  }

  @Test func oneBitAndOtherQuestions() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-verify-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var bytes = try Array(Data(contentsOf: URL(fileURLWithPath: report)))
    bytes[2000] ^= bytes[2000] == UInt8(ascii: "0") ? 1 : 2
    let flipped = folder.appendingPathComponent("report.txt").path
    try Data(bytes).write(to: URL(fileURLWithPath: flipped))
    let refused = try verify(flipped)
    #expect(refused.status != 0 && !refused.output.contains("evidence=verified"))
    #expect(try verify(report, ["--nonce", String(repeating: "00", count: 32)]).lastLine == "result: fail evidence=refused reason=answer")
    #expect(try verify(report, ["--nonce", "00"]).status == 2)
    // Of a day on which nothing of it was valid yet.
    #expect(try verify(report, ["--at", "2019-01-01"]).lastLine == "result: fail evidence=refused reason=untrustedChain")
    let policy = folder.appendingPathComponent("policy.yaml").path
    try Data("measurements:\n  - {index: 1, value: 00}\n".utf8).write(to: URL(fileURLWithPath: policy))
    let judged = try verify(report, ["--policy", policy])
    #expect(judged.status == 1 && judged.output.contains("[FAIL] index   1  mismatch") && judged.output.contains("expected  00"))
    try Data("measurements:\n  - {index: 1, valu: 00}\n".utf8).write(to: URL(fileURLWithPath: policy))
    let mistaken = try verify(report, ["--policy", policy])
    #expect(mistaken.status == 2 && mistaken.diagnostics.contains("policy.yaml:2:") && mistaken.diagnostics.contains("did you mean 'value'"))
    #expect(try verify(folder.path).status == 2)
  }
}
