import PCI
import TEE

/// The kernel's way through a function's DOE mailbox: an object goes in and one comes out, a word at a time, by writes and reads of
/// configuration space. Linux drivers/pci/doe.c; PCIe 6.0 section 6.30.
public struct DOEDriver {
  let hardware: Hardware

  public init(_ hardware: Hardware) { self.hardware = hardware }

  /// - Parameters:
  ///   - object: with its header.
  ///   - device: what stands behind the mailbox: takes an object, and answers or does not.
  /// - Returns: nil where the mailbox has its error bit set, before or after, or no answer came.
  public func exchange(_ object: [UInt8], with d: UInt8, device: ([UInt8]) -> [UInt8]?) -> [UInt8]? {
    let i = Int(d)
    guard let at = offset(d) else { return device(object) }
    func write(_ register: Int, _ value: UInt32) { hardware.functions[i].writeMailbox(at + register, value) }
    func read(_ register: Int) -> UInt32 { hardware.functions[i].registers.read(at + register, width: 4) }
    if clearError(d) { return nil }
    for word in Self.words(object) { write(0x10, word) }
    write(0x08, 1 << 31)
    if let taken = hardware.functions[i].registers.mailboxes[0].pendingRequest {
      hardware.functions[i].answerMailbox(device(taken))
    }
    var words: [UInt32] = []
    while read(0x0C) & 1 << 31 != 0, words.count < DOEMailbox.wordLimit {
      words.append(read(0x14))
      write(0x14, 0)
    }
    guard read(0x0C) & 1 << 2 == 0, !words.isEmpty else {
      write(0x08, 1)
      return nil
    }
    return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
  }

  /// GO, by somebody who has written no object: an error of the mailbox. PCIe 6.0 section 6.30.
  public func goWithoutObject(_ d: UInt8) { control(d, 1 << 31) }

  /// ABORT where the error bit is set.
  /// - Returns: whether it was.
  public func clearError(_ d: UInt8) -> Bool {
    guard let at = offset(d), hardware.functions[Int(d)].registers.read(at + 0x0C, width: 4) & 1 << 2 != 0 else { return false }
    control(d, 1)
    return true
  }

  /// Nil for a function that is not the first of its device, which leaves the mailbox to that one (PCIe 6.0 section 7.9.24).
  private func offset(_ d: UInt8) -> Int? { hardware.functions[Int(d)].registers.mailboxes.first?.offset }
  private func control(_ d: UInt8, _ value: UInt32) {
    if let at = offset(d) { hardware.functions[Int(d)].writeMailbox(at + 0x08, value) }
  }

  private static func words(_ bytes: [UInt8]) -> [UInt32] {
    stride(from: 0, to: bytes.count, by: 4).map { start in
      (start..<min(start + 4, bytes.count)).reduce(0) { $0 | UInt32(bytes[$1]) << (8 * UInt32($1 - start)) }
    }
  }
}
