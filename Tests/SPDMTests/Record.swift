import Foundation

import SPDM

/// A session that another implementation had with itself, with all its keys, where it is at hand.
enum Record {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data").standardizedFileURL
  private static let pcap = folder.appending(path: "spdm/session/spdm12-p384-doe.pcap")
  private static let log = folder.appending(path: "spdm/session/spdm12-p384-doe.requester-log.txt")

  static let isThere = FileManager.default.fileExists(atPath: pcap.path) && FileManager.default.fileExists(atPath: log.path)

  /// The DOE objects, in order. A packet is a header of 16 bytes with the length in its third word.
  static let packets: [[UInt8]] = {
    let bytes = (try? Array(Data(contentsOf: pcap))) ?? []
    var packets: [[UInt8]] = []
    var offset = 24
    while offset + 16 <= bytes.count {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[offset + 8 + $1]) << (8 * $1) }
      packets.append(Array(bytes[offset + 16..<offset + 16 + length]))
      offset += 16 + length
    }
    return packets
  }()

  /// Numbered from 1, as the decoded text does.
  static func payload(_ number: Int) throws -> [UInt8] { try DOEObject(packets[number - 1]).payload }

  /// The values of the log under a name, in the order in which they were printed. A value is on the name's line.
  static func values(_ name: String) throws -> [[UInt8]] {
    try String(contentsOf: log, encoding: .utf8).split(separator: "\n").compactMap { line in
      guard line.hasPrefix(name) else { return nil }
      let rest = line.dropFirst(name.count)
      guard let separator = rest.firstRange(of: " - ") ?? rest.firstRange(of: ": ") else { return nil }
      return hex(rest[separator.upperBound...])
    }
  }

  static func hex(_ text: some StringProtocol) -> [UInt8] {
    let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D }
    return stride(from: 0, to: digits.count - digits.count % 2, by: 2).map { i in
      UInt8(String(decoding: digits[i..<i + 2], as: UTF8.self), radix: 16) ?? 0
    }
  }

  static let form = MessageForm(version: .v12, algorithms: .p384, summary: .all, isSigned: true, handshake: .clear)

  /// A message without the padding of its object.
  static func message(_ number: Int) throws -> [UInt8] {
    let payload = try payload(number)
    return Array(payload.prefix(try MessageCatalogue.read(padded: payload, form: form).byteCount))
  }

  static let negotiation: Range<Int> = 7..<13

  static func negotiated() throws -> NegotiationTranscript {
    var transcript = NegotiationTranscript()
    for number in negotiation { transcript.append(try message(number)) }
    return transcript
  }

  /// The chain of a slot, out of CERTIFICATE.
  static func chain(_ number: Int) throws -> UnverifiedChain {
    let answer = try CertificateResponse(try message(number), form: form)
    return try UnverifiedChain(blob: answer.portion.bytes, hash: .sha384)
  }
}
