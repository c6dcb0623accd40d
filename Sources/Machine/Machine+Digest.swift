import Crypto
import Memory
import Primitives
import TEE

extension Machine {
  /// SHA-256 over everything that a probe could find: tables, the frames of the guest as they lie on the chips, what is behind
  /// the BARs, configuration space, caches. Two runs that end the same have the same digest.
  public func memoryDigest() -> [UInt8] {
    var hash = SHA256()
    func put(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { hash.update(bufferPointer: $0) } }
    func put(_ table: PageTable<GuestPhysicalAddress>?) {
      for leaf in table?.leaves() ?? [] { put(leaf) }
      put(0xFFFF)
    }
    func put<S: Address>(_ leaf: Leaf<S>) {
      put(leaf.start.rawValue)
      put(leaf.target.rawValue)
      put(UInt64(leaf.size.rawValue) << 8 | (leaf.attributes.isReadable ? 1 : 0) | (leaf.attributes.isWritable ? 2 : 0))
    }
    put(module.secureEPT)
    put(kvm.sharedEPT)
    put(kvm.mirror)
    for importer in importers.compactMap({ $0 }) { for leaf in importer.table.leaves() { put(leaf) } }
    for frame in module.unitFrames.compactMap({ $0 }) + kvm.sharedFrames {
      put(frame.start.rawValue)
      _ = try? hardware.memory.withBytes(of: frame) { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }
    for function in hardware.functions {
      hash.update(data: function.registers.space.bytes)
      // The first pages have the engine, and other places its table; the rest of the BARs is empty.
      for offset in stride(from: UInt64(0), to: 0x4000, by: 8) { put(function.engine.read(offset, width: 8)) }
      for part in function.engine.msix?.parts ?? [] where part.place.bar != function.engineBAR || part.place.offset + part.bytes > 0x4000 {
        for offset in stride(from: UInt64(0), to: part.bytes, by: 8) {
          put(function.engine.read(bar: part.place.bar, part.place.offset + offset, width: 8))
        }
      }
    }
    for entry in hardware.tlb.entries.sorted(by: { $0.leaf.start < $1.leaf.start }) { put(entry.leaf) }
    for entry in hardware.iommu.cache.entries.sorted(by: {
      ($0.leaf.start.rawValue, "\($0.context)") < ($1.leaf.start.rawValue, "\($1.context)")
    }) {
      put(entry.leaf)
    }
    return Array(hash.finalize())
  }
}
