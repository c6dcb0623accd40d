import Foundation
import Testing
import X509
import SwiftASN1

import SPDM

/// A real device's saved report: version 1.1, so that nothing was negotiated into the signature and no prefix is in it.
@Suite(.enabled(if: Report.isThere)) struct SavedReports {
  static let form = MessageForm(version: .v11, algorithms: .p384)
  static let day = Date(timeIntervalSince1970: 1_795_219_428)

  static func chain() async throws -> VerifiedChain {
    let root = try Report.certificates("verifier_device_root.pem")[0]
    // The file is from the leaf to the root, a chain on the wire is from the root to the leaf.
    let certificates = Array(try Report.certificates("hopperCertChain.txt").reversed())
    let blob = try #require(UnverifiedChain.blob(root: root, certificates: certificates, hash: .sha384))
    return try await VerifiedChain(UnverifiedChain(blob: blob, hash: .sha384), root: root, at: day, suite: .p384)
  }

  @Test func verifies() async throws {
    let (request, response) = try Report.messages()
    let chain = try await Self.chain()
    #expect(chain.identity.device == "NVIDIA:GH100:48B02D92494BADF4")
    let question = try GetMeasurements(request, form: Self.form)
    #expect(question.operation == .all && question.proof != nil && question.bytes(version: .v11) == request)
    let report = try Verified<Measurements>(
      request: request, response: response, transcript: .measurements(NegotiationTranscript(), version: .v11, suite: .p384), chain: chain)
    #expect(report.message.blocks.map(\.index) == Array(1...64))
    #expect(report.message.opaque.bytes.count == 422)
    #expect(report.message.bytes(version: .v11) == response)
  }

  @Test func oneBit() async throws {
    let (request, response) = try Report.messages()
    let chain = try await Self.chain()
    let whole = request + response
    for bit in stride(from: 0, to: 8 * whole.count, by: 13) {
      let flipped = Signatures.flip(whole, bit)
      #expect(throws: Refusal.self, "bit \(bit)") {
        try Verified<Measurements>(
          request: Array(flipped.prefix(37)), response: Array(flipped.dropFirst(37)),
          transcript: .measurements(NegotiationTranscript(), version: .v11, suite: .p384), chain: chain)
      }
    }
  }
}

enum Report {
  static let folder = Record.folder.appending(path: "evidence")
  static let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "hopperAttestationReport.txt").path)

  static func text(_ name: String) throws -> String { try String(contentsOf: folder.appending(path: name), encoding: .utf8) }

  static func messages() throws -> (request: [UInt8], response: [UInt8]) {
    let bytes = Record.hex(try text("hopperAttestationReport.txt"))
    return (Array(bytes.prefix(37)), Array(bytes.dropFirst(37)))
  }

  static func certificates(_ name: String) throws -> [[UInt8]] {
    try PEMDocument.parseMultiple(pemString: try text(name)).map(\.derBytes)
  }
}
