/// One step of a chart.
public struct Row: Hashable, Sendable {
  /// The step's number in the run, and its address in the HTML file (`#step=12`). Makers keep it unique.
  public var index: Int
  public var from: Lane
  /// Nil for a step that stays inside its lane.
  public var to: Lane?
  /// The platform's own name: `TDH.MMIO.MAP`, `LOCK_INTERFACE`.
  public var call: String
  /// What it was called with, in a few words: "gpa 0x8010_0000".
  public var detail: String
  /// The object it is about, as `ObjectState.name` calls it where that is possible.
  public var object: String?
  public var mark: Mark
  /// Present if something said no.
  public var refusal: Refusal?
  /// Further lines under the step: "still usable", "gpa 0x8000_1000 → BAR0+0x1000".
  public var remarks: [Fact]
  public var changes: [Change]
  public var memory: [MemoryChange]

  public init(
    _ index: Int, _ from: Lane, _ to: Lane? = nil, call: String, detail: String = "", object: String? = nil,
    mark: Mark = .ok, refusal: Refusal? = nil, remarks: [Fact] = [], changes: [Change] = [], memory: [MemoryChange] = []
  ) {
    (self.index, self.from, self.to, self.call, self.detail) = (index, from, to, call, detail)
    (self.object, self.mark, self.refusal, self.remarks) = (object, mark, refusal, remarks)
    (self.changes, self.memory) = (changes, memory)
  }
}

/// Who said no, and on what ground.
public struct Refusal: Hashable, Sendable {
  /// In words, or the code that came back: "rejected by the device", `TDX_OPERAND_INVALID`.
  public var what: String
  /// The guard's name: `TLP/t-bit`.
  public var guardName: String?
  /// Where that is law: "TDISP: TEE MMIO, T=0, RUN".
  public var source: String?
  /// Whether the scenario said beforehand that this must come; nil where nothing is declared.
  public var declared: Bool?

  public init(_ what: String, guardName: String? = nil, source: String? = nil, declared: Bool? = nil) {
    (self.what, self.guardName, self.source, self.declared) = (what, guardName, source, declared)
  }

  /// "rejected by the device, as declared"
  var sentence: String {
    switch declared {
    case true?: "\(what), as declared"
    case false?: "\(what), not as declared"
    case nil: what
    }
  }
}
