import Documents
import SPDM

/// What somebody expects of a device's evidence: a root, values of measurements by index, ranges of its interface, and flags
/// that have to be so. A file of it is docs/device.md's "policy file".
public struct AttestationPolicy: Sendable {
  /// One measurement that is expected: any of these values, or none at that index.
  public struct Expectation: Hashable, Sendable {
    public var index: UInt8
    /// As they are in the block: a digest, or the raw value.
    public var values: [[UInt8]]

    public init(index: UInt8, values: [[UInt8]]) { (self.index, self.values) = (index, values) }
  }

  public enum Requirement: String, CaseIterable, Hashable, Sendable {
    /// The key is burned in or derived from what is.
    case hardwareIdentity = "hardware-identity"
    /// Every index of the report is one that the policy lists.
    case onlyListed = "only-listed"
    /// No measurement says that the device is not in its normal mode of operation. DSP0274 1.2 table 45, device mode.
    case normalMode = "normal-mode"
    /// The interface's firmware stays as it is while it is locked.
    case noFirmwareUpdate = "no-firmware-update"
  }

  /// A range of the interface report. Pages are counted from the start of its BAR.
  public struct Range: Hashable, Sendable {
    public var bar: UInt16
    public var pages: UInt32
    public var isTEE: Bool

    public init(bar: UInt16, pages: UInt32, isTEE: Bool) { (self.bar, self.pages, self.isTEE) = (bar, pages, isTEE) }
  }

  /// A file with the certificate, beside the policy's own.
  public var root: String?
  /// "manufacturer:product:serial" of the leaf.
  public var device: String?
  public var measurements: [Expectation]
  public var requirements: Set<Requirement>
  /// Nil: whatever the interface reports.
  public var ranges: [Range]?

  public init(
    root: String? = nil, device: String? = nil, measurements: [Expectation] = [], requirements: Set<Requirement> = [], ranges: [Range]? = nil
  ) {
    (self.root, self.device, self.measurements, self.requirements, self.ranges) = (root, device, measurements, requirements, ranges)
  }
}

extension AttestationPolicy {
  private static let indexLimit: ClosedRange<UInt64> = 1...254

  /// Reads a file. Errors name the line, and what would have been right there.
  public init(_ document: Document) throws(DocumentError) {
    let map = try document.root.mapping(keys: ["root", "device", "measurements", "require", "interface"])
    self.init()
    root = try map.optional("root")?.string
    device = try map.optional("device")?.string
    if let node = map.optional("measurements") {
      for element in try node.sequence { measurements.append(try Self.expectation(element, after: measurements)) }
    }
    if let node = map.optional("require") {
      for element in try node.sequence {
        let requirement = try element.word(of: Requirement.self)
        guard requirements.insert(requirement).inserted else {
          throw element.error(.contradiction, "\(quoted(requirement.rawValue)) is required twice")
        }
      }
    }
    if let node = map.optional("interface") {
      var found: [Range] = []
      for element in try node.sequence {
        let map = try element.mapping(keys: ["bar", "pages", "tee"])
        found.append(
          Range(
            bar: UInt16(try map.required("bar").integer(in: 0...UInt64(UInt16.max))),
            pages: UInt32(try map.required("pages").integer(in: 1...UInt64(UInt32.max))), isTEE: try map.optional("tee")?.boolean ?? true))
      }
      ranges = found
    }
  }

  public init(contentsOf path: String) throws(DocumentError) { self = try Self(try Document(contentsOf: path)) }

  private static func expectation(_ node: DocumentNode, after before: [Expectation]) throws(DocumentError) -> Expectation {
    let map = try node.mapping(keys: ["index", "value", "values"])
    let number = try map.required("index")
    let index = UInt8(try number.integer(in: indexLimit))
    guard !before.contains(where: { $0.index == index }) else { throw number.error(.contradiction, "index \(index) is expected twice") }
    let nodes: [DocumentNode]
    switch (map.optional("value"), map.optional("values")) {
    case (let one?, nil): nodes = [one]
    case (nil, let several?): nodes = try several.sequence
    case (nil, nil): throw map.node.error(.missingKey, "no value is expected of index \(index)", expected: "value: DIGEST, or values: a list of them")
    case (.some, .some): throw map.node.error(.contradiction, "'value' and 'values' at once", expected: "one of them")
    }
    var values: [[UInt8]] = []
    for node in nodes {
      guard let bytes = HexText.bytes(try node.string), !bytes.isEmpty else {
        throw node.error(.wrongType, "\(node.kind) is no value", expected: "hexadecimal digits, two a byte")
      }
      values.append(bytes)
    }
    guard !values.isEmpty else { throw map.node.error(.missingKey, "no value is expected of index \(index)", expected: "at least one") }
    return Expectation(index: index, values: values)
  }
}
