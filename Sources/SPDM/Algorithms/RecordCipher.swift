/// What protects the records of a session. DSP0274 1.2 table 18; nonce and tag are those of DSP0277 1.1 section 7.
public enum RecordCipher: UInt16, Hashable, Sendable, CaseIterable {
  case aes256GCM = 0x2

  public var keyByteCount: Int { 32 }
  public var nonceByteCount: Int { 12 }
  public var tagByteCount: Int { 16 }
}
