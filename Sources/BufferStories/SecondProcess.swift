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
      var later: ReceivedBuffer?, fence: ReceivedFence?
      while let message = try channel.receive() {
        let answer =
          switch String(decoding: message.bytes, as: UTF8.self) {
          case "count": "\(buffers.count)"
          case "read": read(frame)
          case "read second": buffers.count > 1 ? read(buffers[1]) : "none"
          case "write": write(frame)
          case "bypass": bypass(frame)
          case "take": take(try ReceivedBuffer.receive(from: channel), &later)
          case "bypass reading": later.map(bypassReading) ?? "none"
          case "take fence": take(try channel.receive(descriptors: 1)?.descriptors.first, &fence)
          case "wait": wait(fence.take())
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
    let load = signal { Int32(buffer.start.load(as: UInt8.self)) }
    var byte: UInt8 = 0
    let got = pread(buffer.file, &byte, 1, 0)
    let grow = ftruncate(buffer.file, Int(buffer.size)) == 0 ? "done" : "refused"
    let again = signal {
      guard let there = cofferdam_mmap(nil, 4096, COFFERDAM_PROT_READ, COFFERDAM_MAP_SHARED, buffer.file, 0) else { return 0 }
      return Int32(there.load(as: UInt8.self))
    }
    return "load \(load), read \(got) bytes, grow \(grow), map again \(again)"
  }

  private static func take(_ received: [ReceivedBuffer]?, _ later: inout ReceivedBuffer?) -> String {
    later = received?.first
    return later.map(read) ?? "none"
  }

  /// What a client does that was given a buffer for reading and wants to write: it knows its descriptor's name in /proc. An administrator's
  /// processes look past permissions; this one gives that up first.
  private static func bypassReading(_ buffer: ReceivedBuffer) -> String {
    let done = heedingPermissions(buffer.file) { name in
      var byte: UInt8 = 44, done: Int32 = 0
      if pwrite(buffer.file, &byte, 1, 0) == 1 { done |= 1 }
      if cofferdam_mmap(nil, 4096, COFFERDAM_PROT_READ_WRITE, COFFERDAM_MAP_SHARED, buffer.file, 0) != nil { done |= 2 }
      if open(name, O_RDWR) >= 0 { done |= 4 }
      if truncate(name, 0) == 0 { done |= 8 }
      return done
    }
    guard let done else { return "not tried" }
    func said(_ bit: Int32) -> String { done & bit == 0 ? "refused" : "done" }
    return "write \(said(1)), map \(said(2)), open anew \(said(4)), cut \(said(8))"
  }

  /// What a client does that wants others to learn of a fence's end too early or never: it makes itself a writing end, of which nobody knows.
  private static func take(_ file: Int32?, _ fence: inout ReceivedFence?) -> String {
    guard let file else { return "none" }
    fence = ReceivedFence(file)
    let done = heedingPermissions(file) { name in
      for flags in [O_WRONLY, O_RDWR] { if open(name, flags) >= 0 { return 1 } }
      return 0
    }
    return done.map { $0 == 0 ? "refused" : "done" } ?? "not tried"
  }

  private static func wait(_ fence: consuming ReceivedFence?) -> String {
    guard let fence else { return "none" }
    return fence.wait(milliseconds: 10_000) ? "over" : "pending"
  }

  /// What comes, in six bits, of trying something with a descriptor and its name, by a child that does not look past permissions; nil where it
  /// was not tried.
  private static func heedingPermissions(_ file: Int32, _ body: (UnsafePointer<CChar>) -> Int32) -> Int32? {
    let path = Array("/proc/self/fd/\(file)".utf8CString)
    let status = path.withUnsafeBufferPointer { path in
      child {
        guard let name = path.baseAddress, cofferdam_heed_permissions() == 0 else { return 64 }
        return body(name)
      }
    }
    guard let status, status & 0x7F == 0, status >> 8 & 64 == 0 else { return nil }
    return status >> 8
  }

  /// The signal that ends a child which does something; "none" if it lives. What it loads it leaves with, so that no compiler leaves the load out.
  private static func signal(_ body: () -> Int32) -> String {
    guard let number = child(body).map({ $0 & 0x7F }) else { return "not tried" }
    return number == SIGBUS ? "SIGBUS" : number == SIGSEGV ? "SIGSEGV" : number == 0 ? "none" : "signal \(number)"
  }

  /// What waitpid(2) says of a child that does something, and leaves with what that returns; nil without one. It calls nothing that takes a lock.
  private static func child(_ body: () -> Int32) -> Int32? {
    let child = cofferdam_fork()
    if child == 0 {
      // Neither the client library's handler nor one that prints where it was.
      for number in [SIGBUS, SIGSEGV] { Glibc.signal(number, SIG_DFL) }
      _exit(body())
    }
    var status: Int32 = 0
    guard child > 0, waitpid(child, &status, 0) == child else { return nil }
    return status
  }
}
