import Crypto
import CryptoExtras
import Heaps
import Media
import Primitives
import Restriction

/// The crypto engine inside the secure world: it reads ciphertext from ordinary memory and writes clear bytes to restricted memory.
///
/// Its keys lie in pages that no master has a rule for, the engine's own included: the engine is loaded from there by the secure world. There
/// is no call that gives a key back.
struct CryptoMaster {
  let bench: HeapBench
  private let keyPage: AddressRange<HostPhysicalAddress>
  private var keys: [(identifier: [UInt8], offset: Int)] = []

  /// Closes a page of keys.
  init(_ bench: HeapBench) throws(HeapError) {
    self.bench = bench
    keyPage = bench.keyPage
    try bench.world.close(keyPage, as: bench.keys)
  }

  var keyRange: AddressRange<HostPhysicalAddress> { keyPage }

  mutating func load(_ key: ContentKey) throws(HeapError) {
    let offset = keys.count * 16
    guard offset < 4096 else { throw HeapError(.exhausted, "no room for another key") }
    // The secure world writes to its own memory: no master of the table, and no rule.
    do { try bench.memory.writeRaw(key.bytes, at: HostPhysicalAddress(keyPage.start.rawValue + UInt64(offset))) } catch {
      throw HeapError(.memory, "\(error)")
    }
    keys.append((key.identifier, offset))
  }

  /// Decrypts a sample, as it is protected (ISO/IEC 23001-7): `cenc` is AES-128 in counter mode, whose counter block is the vector and a
  /// count of blocks, and whose stream goes on from one protected part to the next, and `cens` the same of the pattern's blocks; `cbc1` is
  /// block chaining from one part to the next, and `cbcs` of the pattern's blocks, from the vector in each part anew.
  /// - Throws: `.notRestricted` for a target that is not: clear bytes go nowhere else.
  func decrypt(
    _ sample: Sample, from source: HeapMemory, to target: HeapMemory, at offset: UInt64
  ) throws(HeapError) {
    let output = try bench.world.requireRestricted(target, for: .secureVideo, as: "clear samples")
    var bytes = try bench.read(source, sample.bytes.count, as: bench.crypto)
    if let protection = sample.protection, !sample.vector.isEmpty {
      let key = try stored(protection.keyIdentifier)
      var stream = CounterStream(key: key, vector: sample.vector), chain = BlockChain(key: key, vector: sample.vector)
      var at = 0
      for part in sample.parts.isEmpty ? [Sample.Part(clear: 0, protected: bytes.count)] : sample.parts {
        at += part.clear
        switch protection.applied {
        case .cenc, .cens: try stream.apply(to: &bytes, at..<at + part.protected, protection.pattern)
        case .cbc1: try chain.decrypt(&bytes, at..<at + part.protected, protection.pattern)
        case .cbcs:
          chain = BlockChain(key: key, vector: sample.vector)
          try chain.decrypt(&bytes, at..<at + part.protected, protection.pattern)
        }
        at += part.protected
      }
    }
    try bench.windows.write(bench.world, bytes, output.memory, at: offset, as: bench.crypto)
  }

  /// What the secure world loads into the engine.
  private func stored(_ identifier: [UInt8]) throws(HeapError) -> SymmetricKey {
    guard let slot = keys.first(where: { $0.identifier == identifier }),
      let place = AddressRange(start: HostPhysicalAddress(keyPage.start.rawValue + UInt64(slot.offset)), length: 16)
    else { throw HeapError(.badRequest, "no key of that identifier was provisioned") }
    do { return SymmetricKey(data: try bench.memory.readRaw(place)) } catch { throw HeapError(.memory, "\(error)") }
  }

  /// Keys for which there is room.
  static let mostKeys = 256
}
