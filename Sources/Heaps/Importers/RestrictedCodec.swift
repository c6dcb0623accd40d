import Primitives
import Restriction

/// A video decoder that reads restricted samples and writes restricted frames, and tells the driver about it in ordinary memory.
///
/// Its driver is the kernel's: it programs addresses and reads feedback, and never sees a sample. Source: the NXP video path (secure-heap
/// thread 2022): meta data from a non-protected buffer, bit stream and frames in protected ones.
public struct RestrictedCodec {
  public let world: SecureWorld
  public let master: MasterIndex
  /// Which of its buffers are which, each found to be what it is.
  public let input: RestrictedMemory, output: RestrictedMemory, scratch: RestrictedMemory, feedback: OrdinaryMemory

  /// Takes the buffers of a session.
  ///
  /// Scratch memory holds reference frames and motion vectors, so it is as secret as the output.
  /// - Throws: `.notRestricted`, `.notOrdinary`, `.notContiguous`.
  public init(
    _ world: SecureWorld, _ master: MasterIndex, input: HeapMemory, output: HeapMemory, scratch: HeapMemory, feedback: HeapMemory
  ) throws(HeapError) {
    let name = world.name(of: master)
    self.world = world
    self.master = master
    self.input = try world.requireRestricted(input, for: .secureVideo, as: "the bit stream of \(name)")
    self.output = try world.requireRestricted(output, for: .secureVideo, as: "the output of \(name)")
    self.scratch = try world.requireRestricted(scratch, for: .secureVideo, as: "the scratch buffer of \(name)")
    self.feedback = try world.requireOrdinary(feedback, as: "the feedback of \(name)")
    for memory in [input, output, scratch, feedback] { _ = try world.window(memory, for: master) }
  }

  /// The other direction: a session for clear video, where nothing may be restricted, since an application reads it.
  public static func requireClear(_ world: SecureWorld, output: HeapMemory, as name: String) throws(HeapError) -> OrdinaryMemory {
    try world.requireOrdinary(output, as: "the clear output of \(name)")
  }
}

/// Firmware that several users share and that cannot be reset between them (a video block): it has to be loaded where it can stay for
/// either, so restricted if anybody will ever be.
public struct SharedFirmware {
  public enum State: Hashable, Sendable {
    case absent
    case ordinary(HeapMemory)
    case restricted(RestrictedMemory)
  }
  public private(set) var state = State.absent
  private let name: String

  public init(_ name: String) { self.name = name }

  /// Loads it, once: no reset, so no second time.
  /// - Throws: `.notRestricted` for ordinary memory where somebody will be protected later; `.badRequest` the second time.
  public mutating func load(_ memory: HeapMemory, _ world: SecureWorld, protectedLater: Bool) throws(HeapError) {
    guard state == .absent else { throw HeapError(.badRequest, "the firmware of \(name) is loaded, and cannot be reset to load it elsewhere") }
    state =
      protectedLater
      ? .restricted(try world.requireRestricted(memory, for: .secureVideo, as: "the firmware of \(name), which cannot be reset,"))
      : .ordinary(memory)
  }

  /// - Throws: `.notRestricted` where it was loaded into ordinary memory, which is too late to change, or not at all.
  public func beginProtectedSession() throws(HeapError) {
    switch state {
    case .restricted: return
    case .ordinary(let memory):
      throw HeapError(.notRestricted, "the firmware of \(name) lies in \(memory.name) of heap '\(memory.heap)', ordinary memory, and cannot be reset")
    case .absent: throw HeapError(.notRestricted, "the firmware of \(name) is not loaded")
    }
  }
}
