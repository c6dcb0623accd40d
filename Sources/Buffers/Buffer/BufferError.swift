/// Why a buffer, or somebody who works with it, refused. `code` is what tests and callers compare; `reason` is for people. Nothing has
/// changed then, except where a code says otherwise.
public struct BufferError: Error, Hashable, Sendable {
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// Ranges that no memory could have, a part that lies outside of the buffer, or an address that is not of whole pages.
    case badRange = "bad-range"
    /// A name of more than 32 bytes, or with a line end in it.
    case badName = "bad-name"
    /// The two sides do not meet; the cause is the `Refusal`.
    case refused = "refused"
    /// The buffer is revoked, is being revoked, or is gone.
    case revoked = "revoked"
    /// The attachment is mapped already, or is not mapped.
    case wrongState = "wrong-state"
    /// The lock that was shown is another buffer's.
    case otherReservation = "other-reservation"
    /// Somebody pinned it: what was asked for would change what was promised not to change.
    case pinned = "pinned"
    /// The exporter does not do this with its memory.
    case unsupported = "unsupported"
    /// No room in the place that it was to move to, or for what was to be mapped.
    case noRoom = "no-room"
    /// Importers did not let go in time; `holders` names them.
    case late = "late"
    /// Work on the buffer did not end in time; `holders` names its timelines.
    case busy = "busy"
    /// Nobody answers at the address: nothing is mapped there, or access was cut.
    case noAnswer = "no-answer"
    /// The kernel of the host refused; the reason carries its error number.
    case system = "system"
  }

  public let code: Code
  public let reason: String
  /// The buffer's name, where there is one.
  public let buffer: String
  /// Who is in the way: importers or timelines, by name.
  public let holders: [String]
  public let cause: Refusal?

  public init(_ code: Code, _ reason: String, buffer: String = "", holders: [String] = [], cause: Refusal? = nil) {
    (self.code, self.reason, self.buffer, self.holders, self.cause) = (code, reason, buffer, holders, cause)
  }
}

extension BufferError: CustomStringConvertible {
  public var description: String {
    "\(code.rawValue): " + (buffer.isEmpty ? "" : "buffer '\(buffer)': ") + reason
      + (holders.isEmpty ? "" : " (\(holders.joined(separator: ", ")))")
  }
}
