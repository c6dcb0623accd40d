import Heaps
import Memory
import Primitives

extension HeapScenario {
  /// A buffer that a graphics driver moves between system memory and the card's own, behind the back of whoever has it mapped.
  ///
  /// Under SME system memory is encrypted and the card's is not; under SEV whatever a device reaches is not, wherever it lies. So where a
  /// buffer lies decides how it is mapped, at the time of the fault and not of mmap. Source: the TTM thread of 2019 (mapping moves kill
  /// all user-space entries; protection follows placement), vm_get_page_prot and dma_pgprot.
  static let gpuMemoryMove = HeapScenario(
    name: "gpu-memory-move",
    summary: "a buffer moves between system and device memory under SME and SEV: mappings are killed and come back with the right encryption",
    platform: "sev-snp", machine: "1 MiB of RAM, 64 KiB of a card's", takesBoards: false
  ) { story, request in
    for kind in EncryptionKind.allCases {
      story.phase(kind.rawValue)
      let buffer = try MigratingBuffer(kind, seed: request.seed)
      var text = Array("pixels of \(kind.rawValue), generation 0".utf8)
      try buffer.write(text)
      story.check(
        buffer.faults == 1, "process", "write", buffer.placement.rawValue, to: "memory", "the first access faults and maps it: \(buffer.mapped)")
      for round in 1...4 {
        let (before, kept) = (buffer.faults, try buffer.leaf())
        try story.step("ttm", "move", "\(buffer.placement.rawValue) to \(buffer.placement.other.rawValue)", to: "memory") { () throws(HeapError) in
          try buffer.move()
        }
        story.check(
          buffer.leafCount == 0 && buffer.cachedCount == 0, "ttm", "unmap_mapping_range", "", to: "process",
          "no leaf is left in the process's table, and none in its TLB")
        story.check(
          try buffer.read(text.count) == text, "process", "read", buffer.placement.rawValue, to: "memory",
          "the same bytes, through a new mapping: \(buffer.mapped)")
        let leaf = try buffer.leaf()
        story.check(
          buffer.faults == before + 1 && leaf.attributes.isPrivate == buffer.isEncrypted, "process", "fault", "",
          "once; the leaf leads to \(leaf.target), \(leaf.attributes.isPrivate ? "encrypted" : "decrypted")")
        story.check(
          try buffer.read(through: kept, text.count) != text, "process", "read", "through the leaf of before", to: "memory",
          "an entry that nobody killed leads to no text")
        let wrong = try buffer.read(through: leaf.withOtherEncryption, text.count)
        story.check(
          wrong != text, "process", "read", "with the other encryption bit", to: "memory", "what a protection kept from mmap would see is no text")
        text = Array("pixels of \(kind.rawValue), generation \(round)".utf8)
        try buffer.write(text)
        story.bytesMoved += MigratingBuffer.bytes
      }
      let device = try buffer.readAsDevice(text.count)
      story.check(device == text, "gpu", "read", buffer.placement.rawValue, to: "memory", "the device sees what the process wrote")
    }
  }
}
