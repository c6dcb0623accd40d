import Buffers
import CLinux
import Glibc

/// The second process of `two-processes`: does what it is asked, until the owner is gone.
public enum SecondProcess {
  /// - Parameter socket: its end of the channel.
  /// - Returns: an exit status.
  public static func serve(_ socket: Int32) -> Int32 {
    let channel = Channel(socket)
    do {
      guard let buffers = try ReceivedBuffer.receive(from: channel), let frame = buffers.first else { return 1 }
      while let message = try channel.receive() {
        let answer =
          switch String(decoding: message.bytes, as: UTF8.self) {
          case "count": "\(buffers.count)"
          case "read": read(frame)
          case "read second": buffers.count > 1 ? read(buffers[1]) : "none"
          case "write": write(frame)
          case "bypass": bypass(frame)
          default: "unknown"
          }
        try channel.send(Array(answer.utf8))
      }
      return 0
    } catch {
      return 1
    }
  }

  private static func read(_ buffer: ReceivedBuffer) -> String {
    do throws(BufferError) { return "\(try buffer.read(at: 0, count: 1)[0])" } catch { return "\(error.code.rawValue) '\(error.buffer)'" }
  }

  private static func write(_ buffer: ReceivedBuffer) -> String {
    do throws(BufferError) {
      try buffer.write([43], at: 0)
      return "done"
    } catch { return error.code.rawValue }
  }

  /// What a client that goes by none of our functions gets: each attempt in a process of its own, since some of them are its end.
  private static func bypass(_ buffer: ReceivedBuffer) -> String {
    let load = signal { _ = buffer.start.load(as: UInt8.self) }
    var byte: UInt8 = 0
    let got = pread(buffer.file, &byte, 1, 0)
    let grow = ftruncate(buffer.file, Int(buffer.size)) == 0 ? "done" : "refused"
    let again = signal {
      guard let there = cofferdam_mmap(nil, 4096, COFFERDAM_PROT_READ, COFFERDAM_MAP_SHARED, buffer.file, 0) else { return }
      _ = there.load(as: UInt8.self)
    }
    return "load \(load), read \(got) bytes, grow \(grow), map again \(again)"
  }

  /// The signal that ends a child which does something; "none" if it lives.
  private static func signal(_ body: () -> Void) -> String {
    let child = cofferdam_fork()
    if child == 0 {
      body()
      _exit(0)
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    let number = status & 0x7F
    return number == SIGBUS ? "SIGBUS" : number == SIGSEGV ? "SIGSEGV" : number == 0 ? "none" : "signal \(number)"
  }
}
