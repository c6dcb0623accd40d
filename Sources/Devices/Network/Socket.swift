import CLinux
import Foundation
import SPDM

/// A TCP socket that is closed with its value. The one place that knows addresses.
public struct Socket: ~Copyable, Sendable {
  public let descriptor: Int32

  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { Foundation.close(descriptor) }

  /// `HOST:PORT`, `[::1]:2323`; nil for anything else.
  public static func endpoint(_ text: String) -> (host: String, port: UInt16)? {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() } else if host.contains(":") { return nil }
    return host.isEmpty ? nil : (String(host), port)
  }

  /// Connects in the time there is.
  public static func connected(to host: String, port: UInt16, timeout: Duration) throws(TransportError) -> Socket {
    var reason = "no address"
    let deadline = ContinuousClock.now + timeout
    for address in try addresses(host, port, isPassive: false) {
      let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else { continue }
      let socket = Socket(descriptor: descriptor)
      let result = address.bytes.withUnsafeBytes {
        Foundation.connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
      }
      if result != 0, errno == EINPROGRESS {
        guard socket.wait(writing: true, until: deadline) else { throw TransportError(.timeout, "\(host) port \(port) does not answer") }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        if code != 0 {
          reason = String(cString: strerror(code))
          continue
        }
      } else if result != 0 {
        reason = String(cString: strerror(errno))
        continue
      }
      socket.sendAtOnce()
      return socket
    }
    throw TransportError(.unreachable, "\(host) port \(port): \(reason)")
  }

  /// Listens; port 0 takes a free one.
  public static func listening(on host: String, port: UInt16) throws(TransportError) -> Socket {
    guard let address = try addresses(host, port, isPassive: true).first else { throw TransportError(.unreachable, "\(host): no address") }
    let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw TransportError(.unreachable, String(cString: strerror(errno))) }
    let socket = Socket(descriptor: descriptor)
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    let isBound = address.bytes.withUnsafeBytes { bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count)) } == 0
    guard isBound, listen(descriptor, 1024) == 0 else {
      throw TransportError(.unreachable, "\(host) port \(port): \(String(cString: strerror(errno)))")
    }
    return socket
  }

  /// The port on which it listens.
  public var port: UInt16 {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutableBytes(of: &storage) { bytes in
      guard getsockname(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, &size) == 0 else { return 0 }
      // Both families have the port behind the family, big-endian.
      return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }
  }

  enum Accepted {
    case connection(Int32)
    case nothingYet
    /// One waits, and the process or the system has no file for it: it goes on waiting, and the listener goes on being ready.
    case noFile
  }

  /// The next connection that waits. accept(2).
  func accepted() -> Accepted {
    let descriptor = cofferdam_accept(self.descriptor)
    if descriptor >= 0 { return .connection(descriptor) }
    return [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) ? .noFile : .nothingYet
  }

  /// Small messages go when they are there.
  func sendAtOnce() {
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  /// False when the time is over first.
  func wait(writing: Bool, until deadline: ContinuousClock.Instant) -> Bool {
    while true {
      let left = deadline - ContinuousClock.now
      guard left > .zero else { return false }
      let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
      var entry = pollfd(fd: descriptor, events: Int16(writing ? POLLOUT : POLLIN), revents: 0)
      let count = poll(&entry, 1, Int32(clamping: milliseconds))
      if count > 0 { return true }
      if count < 0, errno != EINTR { return true }
    }
  }

  /// The emulators write a frame in four small pieces, and their systems keep each piece back until the one before is acknowledged, which
  /// takes 40 ms where nobody hurries. The wish does not last, so that it is said again (tcp(7), TCP_QUICKACK).
  private func acknowledge() {
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_QUICKACK, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  enum Received {
    case bytes([UInt8])
    case nothingYet
    case end
  }

  func receive(_ limit: Int = 16 << 10) -> Received {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = recv(descriptor, &buffer, limit, 0)
    if count > 0 { acknowledge() }
    if count > 0 { return .bytes(Array(buffer.prefix(count))) }
    return count < 0 && [EAGAIN, EINTR].contains(errno) ? .nothingYet : .end
  }

  /// How many of the bytes went; nil when the connection is gone.
  func send(_ bytes: some Collection<UInt8>) -> Int? {
    let bytes = Array(bytes)
    let count = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    if count >= 0 { return count }
    return [EAGAIN, EINTR].contains(errno) ? 0 : nil
  }

  private struct Address {
    let family: Int32
    let bytes: [UInt8]
  }

  private static func addresses(_ host: String, _ port: UInt16, isPassive: Bool) throws(TransportError) -> [Address] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    if isPassive { hints.ai_flags = AI_PASSIVE }
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else { throw TransportError(.unreachable, "\(host): \(String(cString: gai_strerror(code)))") }
    defer { freeaddrinfo(list) }
    var found: [Address] = []
    var next = list
    while let entry = next {
      if let address = entry.pointee.ai_addr {
        found.append(
          Address(family: entry.pointee.ai_family, bytes: Array(UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen)))))
      }
      next = entry.pointee.ai_next
    }
    return found
  }
}
