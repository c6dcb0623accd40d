/// What one direction's records are protected with.
public struct RecordKeys: Sendable {
  public let cipher: RecordCipher
  package let key: Secret
  package let iv: Secret

  package init(cipher: RecordCipher, key: Secret, iv: Secret) { (self.cipher, self.key, self.iv) = (cipher, key, iv) }
}
