import Heaps
import Restriction

/// A display controller with two planes: it reads the protected one by its own rule, composes, and sends the result down a link. The result is
/// in no memory.
struct Display {
  enum Link: String {
    /// The link is encrypted (HDCP): the display's driver asks for it and the secure world sees to it.
    case protected
    case open
  }
  let bench: HeapBench

  /// Lays the UI over the lower part of the frame, and sends it.
  /// - Returns: what goes down the link.
  /// - Throws: `.unprotectable` for a protected plane and an open link.
  func compose(_ frame: HeapMemory, bytes: Int, ui: OrdinaryMemory, uiBytes: Int, to link: Link) throws(HeapError) -> [UInt8] {
    if frame.isRestricted, link == .open { throw HeapError(.unprotectable, "a protected plane goes to a protected output alone") }
    let plane = try bench.world.requireRestricted(frame, for: .secureVideo, as: "the protected plane")
    var picture = try bench.read(plane.memory, bytes, as: bench.display)
    let overlay = try bench.read(ui.memory, uiBytes, as: bench.display)
    for (index, value) in overlay.enumerated() where value != 0 { picture[index] = value }
    return picture
  }
}
