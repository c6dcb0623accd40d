import Documents
import Foundation
import Testing

import Devices
import SPDM

/// Real evidence of a real device, where it is at hand.
enum SavedEvidence {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data/evidence").standardizedFileURL
  static let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "hopperAttestationReport.txt").path)
  static let day = Date(timeIntervalSince1970: 1_795_219_428)

  static func text(_ name: String) throws -> String { try String(contentsOf: folder.appending(path: name), encoding: .utf8) }
  static func report() throws -> [UInt8] { Array(try text("hopperAttestationReport.txt").utf8) }
  static func verified(_ chain: String? = nil, root: String? = nil) async throws -> (chain: VerifiedChain, suite: AlgorithmSuite) {
    try await CertificateFiles.verified(
      chain: chain ?? text("hopperCertChain.txt"), root: root ?? text("verifier_device_root.pem"), at: day)
  }
}

@Suite(.enabled(if: SavedEvidence.isThere)) struct SavedEvidenceTests {
  @Test func verifies() async throws {
    let (chain, suite) = try await SavedEvidence.verified()
    for bytes in [try SavedEvidence.report(), try #require(HexText.bytes(try SavedEvidence.text("hopperAttestationReport.txt")))] {
      let report = try SavedReport(bytes)
      let found = try report.verified(chain, suite: suite)
      #expect(found.message.blocks.map(\.index) == Array(1...64))
      let nonce = try #require(Nonce(report.request[4..<36]))
      #expect(try report.verified(chain, suite: suite, nonce: nonce).message == found.message)
      var bytes = nonce.bytes
      bytes[31] ^= 1
      let other = try #require(Nonce(bytes))
      #expect(throws: Refusal.evidence(EvidenceError(.answer, "the report is for another nonce"))) {
        try report.verified(chain, suite: suite, nonce: other)
      }
    }
  }

  /// One bit anywhere in the report, as bytes and as text: refused, or no report any more.
  @Test(arguments: [false, true]) func oneBitOfTheReport(asText: Bool) async throws {
    let (chain, suite) = try await SavedEvidence.verified()
    let whole = asText ? try SavedEvidence.report() : try #require(HexText.bytes(try SavedEvidence.text("hopperAttestationReport.txt")))
    for bit in stride(from: 0, to: 8 * whole.count, by: asText ? 67 : 31) {
      var flipped = whole
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: (any Error).self, "bit \(bit)") { try SavedReport(flipped).verified(chain, suite: suite) }
    }
  }

  /// The same for the files of certificates.
  @Test func oneBitOfTheCertificates() async throws {
    for isRoot in [false, true] {
      let whole = Array(try SavedEvidence.text(isRoot ? "verifier_device_root.pem" : "hopperCertChain.txt").utf8)
      for bit in stride(from: 0, to: 8 * whole.count, by: isRoot ? 61 : 389) {
        var flipped = whole
        flipped[bit / 8] ^= 1 << UInt8(bit % 8)
        guard let text = String(validating: flipped, as: UTF8.self) else { continue }
        await #expect(throws: EvidenceError.self, "bit \(bit)") {
          try await isRoot ? SavedEvidence.verified(root: text) : SavedEvidence.verified(text)
        }
      }
    }
  }

  @Test func judged() async throws {
    let (chain, suite) = try await SavedEvidence.verified()
    let found = try SavedReport(try SavedEvidence.report()).verified(chain, suite: suite)
    func judge(_ text: String) throws -> Judgement {
      Judgement(try AttestationPolicy(try Document(text: text, file: "policy.yaml")), found, identity: chain.identity)
    }
    let first = HexText.text(found.message.blocks[0].value)
    let good = try judge("device: NVIDIA:GH100:48B02D92494BADF4\nmeasurements:\n  - {index: 1, value: \(first)}\n")
    #expect(good.passes && good.rows.count == 64 && good.rows[0].verdict == .match && good.rows[1].verdict == .unlisted)
    let bad = try judge("measurements:\n  - {index: 1, values: [00, ff]}\n  - {index: 200, value: 00}\nrequire: [only-listed, hardware-identity]\n")
    #expect(!bad.passes && bad.rows[0].verdict == .mismatch && bad.rows[0].expected == [[0], [255]])
    #expect(bad.rows.last == Judgement.Row(index: 200, expected: [[0]], got: nil, verdict: .missing))
    #expect(bad.demands.first { $0.name == "only-listed" }?.isMet == false)
    #expect(!(try judge("device: other\n").passes))
  }
}

@Suite struct PolicyTests {
  static func code(_ text: String) -> (DocumentError.Code, Int?)? {
    do {
      _ = try AttestationPolicy(try Document(text: text, file: "policy.yaml"))
      return nil
    } catch { return (error.code, error.position.line) }
  }

  @Test func reading() throws {
    let text = """
      root: root.pem
      device: a:b:c
      measurements:
        - index: 1
          value: 0a:0b
        - index: 254
          values: [00, 0xff]
      require: [normal-mode, no-firmware-update]
      interface:
        - {bar: 0, pages: 16}
        - {bar: 2, pages: 1, tee: false}
      """
    let policy = try AttestationPolicy(try Document(text: text, file: "policy.yaml"))
    #expect(policy.root == "root.pem" && policy.measurements == [.init(index: 1, values: [[10, 11]]), .init(index: 254, values: [[0], [255]])])
    #expect(policy.requirements == [.normalMode, .noFirmwareUpdate])
    #expect(policy.ranges == [.init(bar: 0, pages: 16, isTEE: true), .init(bar: 2, pages: 1, isTEE: false)])
  }

  @Test(arguments: [
    ("roots: x\n", DocumentError.Code.unknownKey, 1), ("measurements:\n  - {index: 0, value: 00}\n", .outOfRange, 2),
    ("measurements:\n  - {index: 1, value: 00}\n  - {index: 1, value: 00}\n", .contradiction, 3),
    ("measurements:\n  - {index: 1}\n", .missingKey, 2), ("measurements:\n  - {index: 1, value: xy}\n", .wrongType, 2),
    ("measurements:\n  - {index: 1, value: 0aB0}\n", .wrongType, 2), ("measurements:\n  - {index: 1, value: 00, values: [00]}\n", .contradiction, 2),
    ("require: [nothing]\n", .unknownWord, 1), ("interface:\n  - {bar: 0, pages: 0}\n", .outOfRange, 2),
  ]) func mistakes(text: String, code: DocumentError.Code, line: Int) throws {
    let found = try #require(Self.code(text))
    #expect(found.0 == code && found.1 == line)
  }

  @Test func hexText() {
    #expect(HexText.bytes("") == [] && HexText.bytes("0x0aFf") == nil && HexText.bytes("0xabFF") == nil && HexText.bytes("0xABFF") == [0xAB, 0xFF])
    #expect(HexText.bytes("12 34\n56:78") == [0x12, 0x34, 0x56, 0x78] && HexText.bytes("1 2") == nil && HexText.bytes("123") == nil)
    #expect(HexText.text([0, 10, 255]) == "000aff")
  }
}
