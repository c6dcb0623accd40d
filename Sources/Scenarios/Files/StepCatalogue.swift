import Machine

/// The verbs of scenario steps: a closed set, in one table that documents can quote.
public struct StepVerb: Hashable, Sendable {
  public let name: String
  /// What stands behind the verb.
  public let operand: String
  /// Other keys that the step may have.
  public let keys: [String]
  public let summary: String

  /// Keys that every step may have.
  public static let commonKeys = ["expect", "variants"]

  public static let all: [StepVerb] = [
    StepVerb("call", "PROCEDURE", ["device", "page"], "a procedure of the host, from beginning to end"),
    StepVerb("start", "PROCEDURE", ["device", "page"], "a procedure is entered, and waits before its first step"),
    StepVerb("advance", "PROCEDURE", ["device", "times", "until"], "a started procedure goes on: `times: N` steps, or `until: STEP`"),
    StepVerb("finish", "PROCEDURE", ["device"], "a started procedure goes on to its end"),
    StepVerb("interleave", "all", [], "all started procedures, to their ends, in an order that the seed decides"),
    StepVerb("guest", "enter | attest | accept-mmio | accept-dma | start", ["device"], "the guest's way to a running interface"),
    StepVerb("guest", "read | write | accept-memory", ["unit"], "the guest at its private memory"),
    StepVerb("guest", "load", ["device", "page", "secure"], "a load from a BAR page; `secure: true` is T=1"),
    StepVerb("transfer", "shared | private", ["device", "payload"], "a payload through the device; `payload: default` or a size"),
    StepVerb("host", "touch | read | write", ["device", "page", "unit"], "the host's CPU at a BAR page (touch) or at private memory"),
    StepVerb("peer", "touch | read", ["device", "page", "unit"], "a second device at a BAR page (touch) or at private memory"),
    StepVerb("importer", "attach | map | use | finish | unmap | detach", ["index"], "an importer of a device's buffer"),
    StepVerb("vmm", "crash | exit | mmap", ["device"], "the VMM's process dies, goes, or maps the BAR; a crash closes what it had open"),
    StepVerb(
      "relay", "flip-question | repeat-question | drop-question | flip-answer | repeat-answer | drop-answer | reflect-question",
      ["device", "message", "portion"],
      "the host tampers with the message that it was given to carry; of a handshake with `message: NAME`, of a report with `portion: N`"),
    StepVerb(
      "link", LinkTampering.allCases.map(\.rawValue).joined(separator: " | "), ["device"],
      "somebody on the link tampers with a packet under the keys of the device's stream"),
    StepVerb(
      "vmm", "write-command | write-msix | set-irqs | write-mailbox", ["device"],
      "the VMM switches bus mastering off and on, writes the MSI-X table, has VFIO write Message Control, or spoils the DOE mailbox"),
    StepVerb("vfio", "keep | pass", [], "from here on VFIO keeps such writes from a device that is bound, or passes them on (from the start)"),
    StepVerb("action", "TEXT", [], "any action, as logs write it: `host-reads 0`"),
  ]

  private init(_ name: String, _ operand: String, _ keys: [String], _ summary: String) {
    (self.name, self.operand, self.keys, self.summary) = (name, operand, keys, summary)
  }

  static var names: [String] {
    all.reduce(into: []) { names, verb in if !names.contains(verb.name) { names.append(verb.name) } }
  }
  static var allKeys: [String] {
    all.reduce(into: names + commonKeys) { keys, verb in keys += verb.keys.filter { !keys.contains($0) } }
  }

  /// The row that is meant by a verb with this operand.
  static func row(_ name: String, operand: String) -> StepVerb? {
    let rows = all.filter { $0.name == name }
    return rows.first { $0.operand.split(separator: " ").contains(Substring(operand)) } ?? rows.first
  }
}
