import Glibc
import Sharing

/// Reports about the buffers of this process, in the words and columns of Linux (linux.md section 1, debugfs `dma_buf/bufinfo`).
public enum BufferReports {
  /// All buffers with their fences and who is attached. Takes each reservation in turn; call it without one.
  public static func bufinfo() -> String { bufinfo(of: BufferRegistry.shared.all) }

  package static func bufinfo(of buffers: [Buffer]) -> String {
    var text = "\nDma-buf Objects:\n"
    text += column("size", 8) + "\t" + column("flags", 8) + "\t" + column("mode", 8) + "\t" + column("count", 8) + "\texp_name\tino\tname\n"
    var bytes: UInt64 = 0
    for buffer in buffers {
      text += buffer.bufinfo
      bytes += buffer.size
    }
    return text + "\nTotal \(buffers.count) objects, \(bytes) bytes\n"
  }

  /// Buffers that are not released, with who holds them: for the end of a program, which should have none. Nil where none is left.
  public static func leaks() -> String? { leaks(of: BufferRegistry.shared.all, at: .now) }

  package static func leaks(of buffers: [Buffer], at now: MonotonicTime, waits: Bool = true) -> String? {
    guard !buffers.isEmpty else { return nil }
    var text = "\(buffers.count) \(buffers.count == 1 ? "buffer is" : "buffers are") not released\n"
    for buffer in buffers {
      text += "  '\(buffer.label)', \(buffer.size) bytes of \(buffer.exporter.name), for \(seconds(now.since(buffer.since)))\n"
      guard let holders = waits ? buffer.holders : buffer.holdersIfFree else {
        text += "    locked at this moment\n"
        continue
      }
      for holder in holders {
        text += "    \(holder.importer): \(holder.lifetime), \(holder.isMapped ? "mapped" : "attached"), for \(seconds(now.since(holder.since)))\n"
      }
      for claim in buffer.otherClaims { text += "    \(claim)\n" }
    }
    return text
  }

  /// From now on the end of the process, by `exit` or from `main`, writes `leaks` to standard error where there are any. Call it once.
  ///
  /// Nothing is waited for then: of a buffer that somebody has locked the holders are not listed.
  public static func reportLeaksAtExit() {
    atexit {
      guard let text = BufferReports.leaks(of: BufferRegistry.shared.all, at: .now, waits: false) else { return }
      let bytes = Array(("leak: " + text).utf8)
      _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
  }

  private static func seconds(_ nanoseconds: UInt64) -> String {
    let milliseconds = nanoseconds / 1_000_000
    let rest = String(milliseconds % 1000)
    return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest) s"
  }

  fileprivate static func column(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.utf8.count))
  }
}

extension Buffer {
  /// Who holds a buffer, since when, in what class.
  public struct Holder: Hashable, Sendable {
    public let importer: String
    public let lifetime: LifetimeClass
    public let isMapped: Bool
    public let since: MonotonicTime
  }

  /// In the order of the list of attachments. Takes the reservation.
  public var holders: [Holder] { reservation.withLock { held in holders(held) } }

  /// The same without waiting; nil where somebody has the reservation.
  fileprivate var holdersIfFree: [Holder]? {
    guard let held = reservation.tryLock() else { return nil }
    return holders(held)
  }

  /// Who has a claim and no attachment: CPU mappings, and clients of other processes, by name.
  fileprivate var otherClaims: [String] {
    claims.withLock { claims in
      var counts: [String: Int] = [:]
      for claim in claims { counts[claim, default: 0] += 1 }
      return counts.sorted { $0.key < $1.key }.map { $0.value == 1 ? $0.key : "\($0.key), \($0.value) times" }
    }
  }

  private func holders(_ held: borrowing Reservation.Held) -> [Holder] {
    attachments.map { Holder(importer: $0.importer.name, lifetime: $0.agreement.lifetime, isMapped: $0.isMapped, since: $0.since) }
  }

  /// The lines of `/proc/PID/fdinfo` that a buffer's descriptor has of its own. Takes no lock but the name's.
  public var fdinfo: String {
    let name = name.description
    // The kernel counts the file's references without the one that is looking.
    return "size:\t\(size)\ncount:\t\(handleCount)\nexp_name:\t\(exporter.name)\n" + (name.isEmpty ? "" : "name:\t\(name)\n")
  }

  fileprivate var bufinfo: String {
    let holders = holders, name = name.description
    // A file that is open for reading and writing (O_RDWR), and may do both (FMODE).
    var text = padded(size) + "\t00000002\t00080007\t" + padded(UInt64(handleCount)) + "\t\(exporter.name)\t\(padded(number))\t"
    text += (name.isEmpty ? "<none>" : name) + "\n"
    var cursor = reservation.cursor(.bookkeep), fences = ""
    while let fence = cursor.next() {
      if cursor.isRestarted { fences = "" }
      let names = fence.origin.map { "\($0.driver) \($0.timeline)" } ?? "unbound unbound"
      fences += "\t\(cursor.currentUsage) fence:\(names) seq \(fence.sequence) unsignalled\n"
    }
    text += fences
    text += "\tAttached Devices:\n"
    for holder in holders { text += "\t\(holder.importer)\n" }
    return text + "Total \(holders.count) devices attached\n\n"
  }

  private func padded(_ value: UInt64) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, 8 - text.count)) + text
  }
}
