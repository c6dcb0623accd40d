import Buffers
import Primitives

/// The second process: receives buffers, waits for a fence of the owner's, reads at random while the owner moves on, and signals a fence of
/// its own.
enum StressClient {
  /// An order: a seed and the bytes to be found in each buffer; with it comes the fence to wait for.
  struct Order {
    var seed: UInt64
    var stamps: [UInt8]
    var bytes: [UInt8] {
      var bytes: [UInt8] = []
      for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: seed >> shift)) }
      return bytes + stamps
    }
    init(seed: UInt64, stamps: [UInt8]) { (self.seed, self.stamps) = (seed, stamps) }
    init?(_ bytes: [UInt8]) {
      guard bytes.count > 8 else { return nil }
      var seed: UInt64 = 0
      for byte in bytes[..<8].reversed() { seed = seed << 8 | UInt64(byte) }
      (self.seed, stamps) = (seed, Array(bytes[8...]))
    }
  }

  /// - Returns: an exit status.
  static func serve(_ socket: Int32) -> Int32 {
    let channel = Channel(socket)
    do {
      guard let file = try channel.receive(descriptors: 1)?.descriptors.first else { return 1 }
      let port = ReceivedPort(file)
      while let buffers = try ReceivedBuffer.receive(from: channel) {
        guard let message = try channel.receive(descriptors: 1) else { return 0 }
        guard let order = Order(message.bytes), message.descriptors.count == 1, order.stamps.count == buffers.count else { return 1 }
        let before = ReceivedFence(message.descriptors[0])
        // The owner may have been killed; then there is nobody to answer either.
        guard before.wait(milliseconds: 60_000) else { return 1 }
        let answer = read(buffers, order)
        port.signal()
        try channel.send(answer)
      }
      return 0
    } catch {
      return 1
    }
  }

  /// How many reads gave the byte, how many were refused by name, how many gave anything else.
  private static func read(_ buffers: [ReceivedBuffer], _ order: Order) -> [UInt8] {
    var random = SeededRandom(seed: order.seed)
    var counts: [UInt8] = [0, 0, 0]
    for _ in 0..<Int.random(in: 1...40, using: &random) {
      let index = Int.random(in: 0..<buffers.count, using: &random), buffer = buffers[index]
      let offset = Int.random(in: 0..<Int(buffer.size / 4096), using: &random) * 4096
      let outcome: Int
      do throws(BufferError) {
        let bytes = try buffer.read(at: offset, count: 1)
        outcome = bytes == [order.stamps[index]] ? 0 : 2
      } catch {
        outcome = error.code == .revoked && error.buffer == buffer.name ? 1 : 2
      }
      counts[outcome] += 1
    }
    return counts
  }
}
