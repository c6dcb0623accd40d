import Heaps
import Restriction

/// Buffers that stay mapped for masters as long as a film plays: mapping them anew for each sample would cost more than the samples.
final class OpenWindows {
  private final class Open {
    let window: MasterWindow
    init(_ window: consuming MasterWindow) { self.window = window }
  }
  private struct Key: Hashable {
    let memory: HeapMemory
    let master: MasterIndex
  }
  private var open: [Key: Open] = [:]

  func read(_ world: SecureWorld, _ memory: HeapMemory, at offset: UInt64, count: Int, as master: MasterIndex) throws(HeapError) -> [UInt8] {
    let open = try open(world, memory, master)
    do throws(BusError) { return try world.read(open.window, at: offset, count: count) } catch { throw HeapError(.memory, "\(error)") }
  }

  func write(_ world: SecureWorld, _ bytes: [UInt8], _ memory: HeapMemory, at offset: UInt64, as master: MasterIndex) throws(HeapError) {
    let open = try open(world, memory, master)
    do throws(BusError) { try world.write(bytes, open.window, at: offset) } catch { throw HeapError(.memory, "\(error)") }
  }

  private func open(_ world: SecureWorld, _ memory: HeapMemory, _ master: MasterIndex) throws(HeapError) -> Open {
    let key = Key(memory: memory, master: master)
    if let known = open[key] { return known }
    let made = Open(try world.window(memory, for: master))
    open[key] = made
    return made
  }
}
