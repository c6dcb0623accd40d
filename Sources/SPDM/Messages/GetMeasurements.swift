import Primitives

/// Asks for measurements: how many there are, one of them, or all; with a signature or without. DSP0274 1.2 section 10.11.
public struct GetMeasurements: SPDMMessage {
  public static let code = MessageCode.getMeasurements

  public enum Operation: Hashable, Sendable {
    case count, all
    /// 1 to 254.
    case index(UInt8)

    public init(rawValue: UInt8) {
      switch rawValue {
      case 0: self = .count
      case .max: self = .all
      default: self = .index(rawValue)
      }
    }

    public var rawValue: UInt8 {
      switch self {
      case .count: 0
      case .all: .max
      case .index(let index): index
      }
    }
  }

  /// What a request for a signature has to say besides.
  public struct Proof: Hashable, Sendable {
    public var nonce: Nonce
    public var slot: CertificateSlot

    public init(nonce: Nonce, slot: CertificateSlot) { (self.nonce, self.slot) = (nonce, slot) }
  }

  public var operation: Operation
  public var proof: Proof?
  /// Whether raw values are wanted instead of hashes. From 1.2 on.
  public var isRawWanted: Bool
  public var context: RequesterContext?

  public init(_ operation: Operation, proof: Proof?, isRawWanted: Bool = false, context: RequesterContext? = nil) {
    (self.operation, self.proof, self.isRawWanted, self.context) = (operation, proof, isRawWanted, context)
  }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    operation = Operation(rawValue: header.parameter2)
    isRawWanted = form.version >= .v12 && header.parameter1 & 2 != 0
    if header.parameter1 & 1 != 0 {
      let nonce = try Nonce(from: &reader)
      let slot: UInt8 = try reader.integer("slot")
      proof = Proof(nonce: nonce, slot: try CertificateSlot(nibbleOf: slot, field: "slot", offset: reader.offset - 1))
    }
    context = try RequesterContext.read(from: &reader, form: form)
  }

  public var parameters: (UInt8, UInt8) { ((proof == nil ? 0 : 1) | (isRawWanted ? 2 : 0), operation.rawValue) }

  public func encode(into writer: inout WireWriter) {
    if let proof {
      writer.append(proof.nonce.bytes)
      writer.integer(proof.slot.index)
    }
    if let context { writer.append(context.bytes) }
  }
}
