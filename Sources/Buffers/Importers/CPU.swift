import Sharing

/// The CPU as an importer, for those who hold memory for it as a device would: a compositor that draws with it, a copier. Its mappings are
/// `CPUMapping`s, which the exporter makes and takes away.
public final class CPU: Importer {
  public let name: String
  public let terms: ImporterTerms
  public init(_ name: String, terms: ImporterTerms = ImporterTerms(bears: [.pinned, .revocable, .movable], reachesPeers: true, takesEncrypted: true))
  {
    (self.name, self.terms) = (name, terms)
  }
}

extension Attachment where I == CPU {
  /// Maps the buffer for the CPU; see `Buffer.mapCPU`.
  public borrowing func mapCPU(writable: Bool = true, _ population: Population = .faulted) throws(BufferError) -> CPUMapping {
    try buffer.mapCPU(writable: writable, population)
  }
}
