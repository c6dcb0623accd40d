import Testing

import SPDM

@Suite struct RecordChannels {
  static let keys = RecordKeys(cipher: .aes256GCM, key: Secret(bytes: Samples.random(32, 1)), iv: Secret(bytes: Samples.random(12, 2)))
  static let session = SessionID(requester: 0x1234, responder: 0x5678)

  static func pair(next: UInt64 = 0) -> (RecordChannel, RecordChannel) {
    let channel = RecordChannel(session: session, keys: keys, sequence: SequenceNumber(next: next))
    return (channel, channel)
  }

  @Test func frames() throws {
    var (sender, receiver) = Self.pair()
    let record = try sender.seal([1, 2, 3])
    #expect(record.count == 6 + 2 + 3 + 16)
    #expect(record.prefix(6) == [0x34, 0x12, 0x78, 0x56, 21, 0])
    #expect(RecordChannel.session(of: record) == Self.session)
    #expect(try receiver.open(record + [0, 0, 0]) == [1, 2, 3])
    #expect(sender.sequence.next == 1 && receiver.sequence.next == 1)
    for count in [0, RecordChannel.messageLimit] {
      let message = [UInt8](repeating: 7, count: count)
      #expect(try receiver.open(try sender.seal(message)) == message)
    }
    let error = #expect(throws: RecordError.self) { try sender.seal([UInt8](repeating: 7, count: RecordChannel.messageLimit + 1)) }
    #expect(error?.code == .tooLong)
  }

  /// Dropped, repeated, swapped, of another session or direction: none opens, and the channel is as it was.
  @Test func order() throws {
    var (sender, receiver) = Self.pair()
    let records = try (0..<3).map { try sender.seal([UInt8($0)]) }
    #expect(throws: RecordError.self) { try receiver.open(records[1]) }
    #expect(try receiver.open(records[0]) == [0])
    #expect(throws: RecordError.self) { try receiver.open(records[0]) }
    #expect(throws: RecordError.self) { try receiver.open(records[2]) }
    #expect(try receiver.open(records[1]) == [1])
    var other = RecordChannel(session: SessionID(rawValue: 1), keys: Self.keys, sequence: receiver.sequence)
    let error = #expect(throws: RecordError.self) { try other.open(records[2]) }
    #expect(error?.code == .session)
    for bit in 0..<8 * records[2].count {
      #expect(throws: RecordError.self) { try receiver.open(Signatures.flip(records[2], bit)) }
    }
    #expect(try receiver.open(records[2]) == [2])
  }

  /// The last number is used once. After it nothing is sealed or opened, and no number comes again.
  @Test func exhaustion() throws {
    var (sender, receiver) = Self.pair(next: .max - 1)
    for i in 0..<2 as Range<UInt8> { #expect(try receiver.open(try sender.seal([i])) == [i]) }
    #expect(sender.sequence.next == nil)
    let sealing = #expect(throws: RecordError.self) { try sender.seal([9]) }
    var (fresh, _) = Self.pair()
    let record = try fresh.seal([9])
    let opening = #expect(throws: RecordError.self) { try receiver.open(record) }
    #expect(sealing?.code == .exhausted && opening?.code == .exhausted)
  }
}
