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

  /// Decrypts a sample, as its track is protected (ISO/IEC 23001-7): `cenc` is AES-128 in counter mode, whose counter block is the vector and a
  /// count of blocks, and whose stream goes on from one protected part to the next; `cbcs` is block chaining of the pattern's blocks, from the
  /// vector in each part anew.
  /// - Throws: `.notRestricted` for a target that is not: clear bytes go nowhere else.
  func decrypt(
    _ sample: Sample, _ protection: TrackProtection, from source: HeapMemory, to target: HeapMemory, at offset: UInt64
  ) throws(HeapError) {
    let output = try bench.world.requireRestricted(target, for: .secureVideo, as: "clear samples")
    guard let slot = keys.first(where: { $0.identifier == protection.keyIdentifier }) else {
      throw HeapError(.badRequest, "no key of that identifier was provisioned")
    }
    var stored: [UInt8] = []
    if let place = AddressRange(start: HostPhysicalAddress(keyPage.start.rawValue + UInt64(slot.offset)), length: 16) {
      do { stored = try bench.memory.readRaw(place) } catch { throw HeapError(.memory, "\(error)") }
    }
    var bytes = try bench.read(source, sample.bytes.count, as: bench.crypto)
    if !sample.vector.isEmpty {
      let key = SymmetricKey(data: stored)
      var stream = CounterStream(key: key, vector: sample.vector)
      var at = 0
      for part in sample.parts.isEmpty ? [Sample.Part(clear: 0, protected: bytes.count)] : sample.parts {
        at += part.clear
        switch protection.applied {
        case .cenc: try stream.apply(to: &bytes, at..<at + part.protected)
        case .cbcs:
          var chain = BlockChain(key: key, vector: sample.vector)
          try chain.decrypt(&bytes, at..<at + part.protected, protection.pattern)
        }
        at += part.protected
      }
    }
    try bench.windows.write(bench.world, bytes, output.memory, at: offset, as: bench.crypto)
  }
}
