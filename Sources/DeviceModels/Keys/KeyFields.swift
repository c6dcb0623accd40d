import Modelling
import enum Rules.InterfaceState
import SPDM

/// Whose key is in a slot.
enum Material: CaseIterable { case none, tsm, host }
/// Who sent a request, or asked for a completion.
enum Sender: CaseIterable { case none, a, b }
/// The root port's one tag.
enum Tag: CaseIterable { case free, awaitedByA, awaitedByB, lateForA, lateForB }

/// The fields of the model. A slot is a sub-stream of a key set: posted, non-posted, completion, of set 0 and then of set 1. Each is one of
/// both directions, since nothing here goes the other way.
struct KeyFields: Sendable {
  /// Reads, and completions, under one key, and writes: the last ones that there are.
  static let packets = 2
  static let writesPerKey = 1
  static let posted = 0, nonPosted = 1, completion = 2

  let isSessionAlive: Field<Bool>
  /// The device's.
  let life: IndexedField<KeyLife>
  let material: IndexedField<Material>
  let isInsecure: Field<Bool>
  let interface: Field<InterfaceState>
  /// What the device counts: writes and reads that it took, completions that it sent, by set.
  let writesTaken: IndexedField<Int>
  let readsTaken: IndexedField<Int>
  let completionsSent: IndexedField<Int>
  /// The TSM's, and the root port's under it.
  let believed: IndexedField<KeyLife>
  let isSpent: IndexedField<Bool>
  let portHas: IndexedField<Bool>
  let portUses: Field<Int>
  let owner: Field<Sender>
  let writesSent: IndexedField<Int>
  let readsSent: IndexedField<Int>
  let completionsTaken: IndexedField<Int>
  let tag: Field<Tag>
  /// Packets, by set and count: whose they are. The host has them all.
  let writes: IndexedField<Sender>
  let reads: IndexedField<Sender>
  let readsAfter: IndexedField<Int>
  let completions: IndexedField<Sender>
  // Ghosts.
  let writesDone: IndexedField<Int>
  let readsDone: IndexedField<Int>
  let completionsDone: IndexedField<Int>
  let countReused: Field<Bool>
  let outOfTurn: Field<Bool>
  let staleRead: Field<Bool>
  let wrongCompletion: Field<Bool>
  let wrongWrite: Field<Bool>

  init(_ schema: inout Schema) {
    let most = Self.packets, all = 2 * Self.packets, mostWrites = Self.writesPerKey
    isSessionAlive = schema.field("session-alive", initially: true)
    life = schema.field("key", count: 6, initially: KeyLife.absent)
    material = schema.field("key-of", count: 6, initially: Material.none)
    isInsecure = schema.field("stream-insecure", initially: false)
    interface = schema.field("interface", initially: InterfaceState.configUnlocked)
    writesTaken = schema.field("writes-taken", count: 2, in: 0...mostWrites, initially: 0)
    readsTaken = schema.field("reads-taken", count: 2, in: 0...most, initially: 0)
    completionsSent = schema.field("completions-sent", count: 2, in: 0...most, initially: 0)
    believed = schema.field("tsm-key", count: 6, initially: KeyLife.absent)
    isSpent = schema.field("set-spent", count: 2, initially: false)
    portHas = schema.field("port-has-set", count: 2, initially: false)
    portUses = schema.field("port-uses-set", in: 0...2, initially: 0)
    owner = schema.field("owner", initially: Sender.a)
    writesSent = schema.field("writes-sent", count: 2, in: 0...mostWrites, initially: 0)
    readsSent = schema.field("reads-sent", count: 2, in: 0...most, initially: 0)
    completionsTaken = schema.field("completions-taken", count: 2, in: 0...most, initially: 0)
    tag = schema.field("tag", initially: Tag.free)
    writes = schema.field("write-of", count: 2 * mostWrites, initially: Sender.none)
    reads = schema.field("read-of", count: all, initially: Sender.none)
    readsAfter = schema.field("read-after-writes", count: all, in: 0...mostWrites, initially: 0)
    completions = schema.field("completion-for", count: all, initially: Sender.none)
    writesDone = schema.field("writes-done", count: 2, in: 0...mostWrites, initially: 0)
    readsDone = schema.field("reads-done", count: 2, in: 0...most, initially: 0)
    completionsDone = schema.field("completions-done", count: 2, in: 0...most, initially: 0)
    countReused = schema.field("count-was-reused", initially: false)
    outOfTurn = schema.field("packet-taken-out-of-turn", initially: false)
    staleRead = schema.field("read-answered-too-early", initially: false)
    wrongCompletion = schema.field("completion-reached-other", initially: false)
    wrongWrite = schema.field("write-done-for-other", initially: false)
  }
}
