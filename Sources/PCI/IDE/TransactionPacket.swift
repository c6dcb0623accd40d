import Primitives

/// A transaction layer packet as it is modelled here: what a root port and a device say to each other. PCIe 6.0 section 2.2.
///
/// Of a header there is what protection has to cover: kind, who, where, tag. It is not the layout of the specification, which
/// spreads these over words by kind.
public enum TransactionPacket: Hashable, Sendable {
  case write(requester: RequesterID, address: UInt64, data: [UInt8])
  /// `count` bytes are wanted; the tag finds the question to an answer.
  case read(requester: RequesterID, tag: UInt16, address: UInt64, count: UInt32)
  /// One without data to a read that wanted some says Unsupported Request. PCIe 6.0 section 2.2.9.
  case completion(completer: RequesterID, requester: RequesterID, tag: UInt16, data: [UInt8])

  /// What one packet carries at most. PCIe 6.0 section 2.2.2.
  public static let dataLimit = 4096

  /// In which order it stays, and which keys protect it. PCIe 6.0 section 6.33.4.
  public var subStream: IDESubStream {
    switch self {
    case .write: .posted
    case .read: .nonPosted
    case .completion: .completion
    }
  }

  /// The part that is seen on the wire, and authenticated.
  var header: [UInt8] {
    var writer = WireWriter()
    switch self {
    case .write(let requester, let address, let data):
      writer.integer(0 as UInt8)
      writer.integer(requester.rawValue)
      writer.integer(address)
      writer.integer(UInt16(truncatingIfNeeded: data.count))
    case .read(let requester, let tag, let address, let count):
      writer.integer(1 as UInt8)
      writer.integer(requester.rawValue)
      writer.integer(tag)
      writer.integer(address)
      writer.integer(count)
    case .completion(let completer, let requester, let tag, let data):
      writer.integer(2 as UInt8)
      writer.integer(completer.rawValue)
      writer.integer(requester.rawValue)
      writer.integer(tag)
      writer.integer(UInt16(truncatingIfNeeded: data.count))
    }
    return writer.bytes
  }

  /// The part that is encrypted.
  var data: [UInt8] {
    switch self {
    case .write(_, _, let data), .completion(_, _, _, let data): data
    case .read: []
    }
  }

  init(header: [UInt8], data: [UInt8]) throws(WireError) {
    var reader = WireReader(header)
    let kind: UInt8 = try reader.integer()
    switch kind {
    case 0: self = .write(requester: RequesterID(rawValue: try reader.integer()), address: try reader.integer(), data: data)
    case 1:
      self = .read(
        requester: RequesterID(rawValue: try reader.integer()), tag: try reader.integer(), address: try reader.integer(), count: try reader.integer())
    case 2:
      self = .completion(
        completer: RequesterID(rawValue: try reader.integer()), requester: RequesterID(rawValue: try reader.integer()), tag: try reader.integer(),
        data: data)
    default: throw .invalid(offset: 0, field: "kind", value: UInt64(kind))
    }
    if kind != 1 {
      let count: UInt16 = try reader.integer()
      guard Int(count) == data.count else { throw .invalid(offset: reader.offset - 2, field: "length", value: UInt64(count)) }
    } else if !data.isEmpty {
      throw .leftOver(offset: header.count, count: data.count)
    }
    try reader.finish()
  }
}

/// Requests that need no answer, requests that do, and answers: keys and counters of their own for each, so that one may overtake
/// another. PCIe 6.0 section 6.33.4.
public enum IDESubStream: UInt8, Hashable, Sendable, CaseIterable { case posted = 0, nonPosted = 1, completion = 2 }
