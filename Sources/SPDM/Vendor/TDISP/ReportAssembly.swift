/// An interface report that comes in portions: what to ask for next, and what of the answers fits together. PCIe 6.0 section 11.3.11,
/// GET_DEVICE_INTERFACE_REPORT: an offset and a length of at most what the requester has room for and of what was told to remain.
public struct ReportAssembly: Sendable {
  public private(set) var bytes: [UInt8] = []
  /// The most bytes to ask for at once.
  public let portion: UInt16
  /// Bytes in all, once a portion told it.
  private var total: Int?

  /// - Parameter portion: the most bytes to ask for at once; at least 1.
  public init(portion: UInt16) { self.portion = max(1, portion) }

  public var isComplete: Bool { total == bytes.count }

  public func question(_ function: InterfaceID) -> GetInterfaceReport {
    GetInterfaceReport(function, offset: UInt16(clamping: bytes.count), length: length)
  }

  private var length: UInt16 { UInt16(clamping: min(Int(portion), total.map { $0 - bytes.count } ?? Int(UInt16.max))) }

  /// The answer to the last question. After an error nothing has changed.
  ///
  /// - Throws: `.evidence` where the portion is empty or longer than asked for, or the report is another length than was told before.
  public mutating func take(_ answer: InterfaceReportPortion) throws(Refusal) {
    let count = answer.portion.bytes.count
    guard count > 0, count <= Int(length) else { throw .evidence(EvidenceError(.answer, "a portion of \(count) bytes, asked for \(length)")) }
    let told = bytes.count + count + Int(answer.remainder)
    guard told <= Int(UInt16.max), total == nil || total == told else {
      throw .evidence(EvidenceError(.answer, "\(told) bytes of report in all, told \(total ?? 0) before"))
    }
    bytes += answer.portion.bytes
    total = told
  }
}
