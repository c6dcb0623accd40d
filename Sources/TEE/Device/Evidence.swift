import Crypto
import PCI
import Primitives

/// What a device hands a guest so that it may be judged. With an identity it came over SPDM and its signatures were checked; without
/// one it was handed over inside the process, and every output says so.
public struct DeviceEvidence: Hashable, Sendable {
  /// Who proved it.
  public struct Identity: Hashable, Sendable {
    /// SHA-384 of the public key at the root of its chain.
    public let root: [UInt8]
    /// "manufacturer:product:serial".
    public let device: String
    public init(root: [UInt8], device: String) { (self.root, self.device) = (root, device) }
  }

  /// The interface report's bytes, as the device wrote them.
  public let report: [UInt8]
  /// SHA-384 of each measured image.
  public let measurements: [[UInt8]]
  /// SHA-384 of who the device is: what TDG.DEVIF.VALIDATE compares.
  public let deviceInfo: [UInt8]
  public let identity: Identity?

  public init(report: [UInt8], measurements: [[UInt8]], deviceInfo: [UInt8], identity: Identity? = nil) {
    (self.report, self.measurements, self.deviceInfo, self.identity) = (report, measurements, deviceInfo, identity)
  }
}

/// What a guest insists on before it accepts a device.
public struct EvidencePolicy: Hashable, Sendable {
  /// Digests that a measurement may have; empty refuses every device.
  public var measurements: [[UInt8]]
  /// Nil: whoever the host presents.
  public var deviceInfo: [UInt8]?
  /// SHA-384 of the public key that a chain has to begin with. Nil: that of the modelled devices.
  public var root: [UInt8]?

  public init(measurements: [[UInt8]], deviceInfo: [UInt8]? = nil, root: [UInt8]? = nil) {
    (self.measurements, self.deviceInfo, self.root) = (measurements, deviceInfo, root)
  }

  /// What is wrong with the evidence, in one clause each; empty when the guest may go on.
  ///
  /// - Parameters:
  ///   - pages: whether each page of the slot is TEE memory, as the guest was told before.
  ///   - firstPage: the page number that the report must show for page 0, the offset included; pages follow each other as
  ///     `offsets` says, in pages from the first.
  public func objections(to evidence: DeviceEvidence, pages: [ExpectedPage]) -> [String] {
    var found: [String] = []
    if evidence.measurements.isEmpty { found.append("no measurement") }
    for (i, digest) in evidence.measurements.enumerated() where !measurements.contains(digest) {
      found.append("measurement \(i) is not the expected one")
    }
    if let deviceInfo, deviceInfo != evidence.deviceInfo { found.append("the device is another") }
    guard let report = try? InterfaceReport(bytes: evidence.report) else { return found + ["the report cannot be read"] }
    // TDX Connect, device interfaces: the module demands plain DMA and nothing that bypasses it.
    if report.info.subtracting(.noFirmwareUpdate) != .dmaWithoutPASID { found.append("the interface wants more than plain DMA") }
    for (p, page) in pages.enumerated() {
      let range = report.ranges.first {
        $0.bar == page.bar && $0.firstPage <= page.page && page.page - $0.firstPage < UInt64($0.pageCount)
      }
      guard let range else {
        found.append("page \(p) is not in the report")
        continue
      }
      if range.attributes.contains(.nonTEE) == page.isTEE { found.append("page \(p) is \(page.isTEE ? "not " : "")TEE memory") }
    }
    return found
  }
}

/// A page that the guest expects to find in a report.
public struct ExpectedPage: Hashable, Sendable {
  public let bar: UInt16
  /// The obfuscated page number.
  public let page: UInt64
  public let isTEE: Bool
  public init(bar: UInt16, page: UInt64, isTEE: Bool) { (self.bar, self.page, self.isTEE) = (bar, page, isTEE) }
}

public func sha384(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(SHA384.hash(data: Array(bytes))) }
public func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(SHA256.hash(data: Array(bytes))) }
/// `9f86d0...`, lower case.
public func hexText(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
