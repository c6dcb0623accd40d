import Testing

import SPDM

/// Every derived secret, key and IV of the recorded session, and every record of it.
@Suite(.enabled(if: Record.isThere)) struct RecordedKeys {
  static func bytes(_ secret: Secret) -> [UInt8] { secret.withUnsafeBytes { Array($0) } }

  static func secrets(_ index: Int) throws -> (handshake: HandshakeSecrets, application: ApplicationSecrets) {
    let agreed = Secret(bytes: try Record.values("[DHE Secret]")[index])
    let th1 = try #require(DigestValue(try Record.values("th1 hash")[2 * index], .sha384))
    let th2 = try #require(DigestValue(try Record.values("th2 hash")[2 * index], .sha384))
    let handshake = HandshakeSecrets(agreed: agreed, th1: th1, version: .v12)
    return (handshake, handshake.application(th2: th2))
  }

  /// Where the keys of a session begin in the log's list of keys: handshake request and response, then application.
  static func position(_ index: Int) -> Int { index == 0 ? 0 : 8 }

  @Test(arguments: [0, 1]) func schedule(index: Int) throws {
    let (handshake, application) = try Self.secrets(index)
    let finished = try Record.values("finished_key (0x30)")
    let at = index == 0 ? 0 : 4
    let pairs: [(String, [UInt8], Secret)] = [
      ("handshake", try Record.values("handshake_secret (0x30)")[index], handshake.secret),
      ("request handshake", try Record.values("request_handshake_secret (0x30)")[index], handshake.request.secret),
      ("response handshake", try Record.values("response_handshake_secret (0x30)")[index], handshake.response.secret),
      ("requester finished", finished[at], handshake.requesterFinished.secret),
      ("responder finished", finished[at + 1], handshake.responderFinished.secret),
      ("master", try Record.values("master_secret (0x30)")[index], application.master),
      ("request data", try Record.values("request_data_secret (0x30)")[index], application.request.secret),
      ("response data", try Record.values("response_data_secret (0x30)")[index], application.response.secret),
      ("exporter", try Record.values("export_master_secret (0x30)")[index], application.exporter),
    ]
    for (name, expected, secret) in pairs { #expect(Self.bytes(secret) == expected, "\(name)") }
  }

  @Test(arguments: [0, 1]) func recordKeys(index: Int) throws {
    let (handshake, application) = try Self.secrets(index)
    let (keys, ivs) = (try Record.values("key (0x20)"), try Record.values("iv (0xc)"))
    #expect(keys.count == 12 && ivs.count == 12)
    for (i, direction) in [handshake.request, handshake.response, application.request, application.response].enumerated() {
      let made = direction.keys(.aes256GCM)
      #expect(Self.bytes(made.key) == keys[Self.position(index) + i])
      #expect(Self.bytes(made.iv) == ivs[Self.position(index) + i])
    }
  }

  /// All 196 records, those of the session with a pre-shared key as well: its keys are taken from the log, since this
  /// side does not derive them.
  @Test func everyRecord() throws {
    let (keys, ivs) = (try Record.values("key (0x20)"), try Record.values("iv (0xc)"))
    func channel(_ session: UInt32, _ at: Int) -> RecordChannel {
      RecordChannel(
        session: SessionID(rawValue: session), keys: RecordKeys(cipher: .aes256GCM, key: Secret(bytes: keys[at]), iv: Secret(bytes: ivs[at])))
    }
    /// Request and response under the keys from a position on.
    func pair(_ session: UInt32, _ at: Int) -> [RecordChannel] { [channel(session, at), channel(session, at + 1)] }
    // The first session, the handshake and the data of the second, and the third.
    var channels = [pair(0xFFFF_FFFF, 2), pair(0xFFFE_FFFE, 4), pair(0xFFFE_FFFE, 6), pair(0xFFFF_FFFF, 10)]
    var opened = 0
    var inside = 0
    for (i, packet) in Record.packets.enumerated() where packet[2] == DOEObject.Kind.securedSPDM.rawValue {
      let number = i + 1
      let group = number >= 153 ? 3 : number == 125 || number == 126 ? 1 : 127...142 ~= number ? 2 : 0
      let side = number % 2 == 1 ? 0 : 1
      let record = try DOEObject(packet).payload
      var again = channels[group][side]
      let message = try channels[group][side].open(record)
      let length = 6 + Int(record[4]) + Int(record[5]) << 8
      let sealed = try again.seal(message)
      #expect(sealed == Array(record.prefix(length)), "packet \(number)")
      #expect(DOEObject(.securedSPDM, Array(record.prefix(length))).bytes == packet)
      opened += 1
      // Handshake messages of pre-shared keys are named and refused; all else is read and written again.
      if group == 1 {
        #expect(throws: SPDMError.self) { try MessageCatalogue.read(message, form: Record.form) }
      } else {
        #expect(try MessageCatalogue.read(message, form: Record.form).bytes(version: .v12) == message, "packet \(number)")
        inside += try VendorSamples.readAndWritten(message, number) ? 1 : 0
      }
    }
    #expect(opened == 196)
    // IDE_KM and TDISP in the first session, and again in the third.
    #expect(inside == 120, "\(inside)")
  }
}
