/// One vertical line of a chart: somebody who acts or is acted upon.
///
/// The names are those of the event log (`guest`, `kvm`, ...). Where there are several of a kind the
/// name carries which one: `device:0000:02:00.0`.
public struct Lane: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ name: String) { rawValue = name }
  public init(stringLiteral name: String) { rawValue = name }

  public static let guest: Lane = "guest"
  public static let guestTSM: Lane = "guest-tsm"
  public static let vmm: Lane = "vmm"
  public static let vfio: Lane = "vfio"
  public static let iommufd: Lane = "iommufd"
  public static let kvm: Lane = "kvm"
  public static let tsm: Lane = "tsm"
  public static let firmware: Lane = "firmware"
  /// The host's CPU, as a source of accesses.
  public static let host: Lane = "host"
  public static let device: Lane = "device"
  public static let importer: Lane = "importer"
  public static let memory: Lane = "memory"

  /// The lane of one device among several.
  public static func device(_ name: String) -> Lane { Lane("device:\(name)") }
  public static func importer(_ name: String) -> Lane { Lane("importer:\(name)") }

  /// What comes before the first colon: `device` of `device:0000:02:00.0`.
  public var kind: String { String(rawValue.prefix { $0 != ":" }) }
  /// What comes after it, if anything does.
  public var instance: String? {
    rawValue.firstIndex(of: ":").map { String(rawValue[rawValue.index(after: $0)...]) }
  }
  public var description: String { rawValue }

  /// From the guest down to memory: a call mostly goes to the right, an answer to the left.
  static let order: [String] = [
    "guest", "guest-tsm", "vmm", "vfio", "iommufd", "kvm", "tsm", "firmware", "host", "device", "importer", "memory",
  ]

  /// The lanes in the order of a chart's columns, each once; unknown kinds come last, as they appear.
  package static func columns(_ lanes: some Sequence<Lane>) -> [Lane] {
    var seen: Set<Lane> = []
    let distinct = lanes.filter { seen.insert($0).inserted }
    let ranked = distinct.enumerated().map { ($0.offset, order.firstIndex(of: $0.element.kind) ?? order.count, $0.element) }
    return ranked.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.2)
  }
}
