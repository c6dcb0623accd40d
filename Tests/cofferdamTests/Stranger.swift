import Foundation
import Synchronization

/// A peer on loopback that is none of ours: it answers each object in an emulator's frame as it likes, and closes where it answers nothing.
final class Stranger: Sendable {
  let port: UInt16
  private let listener: Int32

  struct NotListening: Error {}

  init(_ answer: @escaping @Sendable ([UInt8]) -> [UInt8]?) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    (address.sin_family, address.sin_addr.s_addr) = (sa_family_t(AF_INET), UInt32(0x7F00_0001).bigEndian)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) == 0 && getsockname(listener, $0, &size) == 0 }
    }
    guard isBound, listen(listener, 8) == 0 else { throw NotListening() }
    (self.listener, port) = (listener, UInt16(bigEndian: address.sin_port))
    Thread {
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        while let frame = Self.frame(connection) {
          // Anything but an object is a goodbye.
          guard frame.command == 1, let object = answer(frame.payload) else { break }
          let header: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 2] + (0..<4).map { UInt8(truncatingIfNeeded: object.count >> (24 - 8 * $0)) }
          let bytes = header + object
          _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
        close(connection)
      }
    }.start()
  }

  /// The thread that waits finds its listener shut.
  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func frame(_ connection: Int32) -> (command: UInt8, payload: [UInt8])? {
    func bytes(_ count: Int) -> [UInt8]? {
      var found: [UInt8] = []
      while found.count < count {
        var buffer = [UInt8](repeating: 0, count: count - found.count)
        let more = recv(connection, &buffer, buffer.count, 0)
        guard more > 0 else { return nil }
        found += buffer.prefix(more)
      }
      return found
    }
    guard let header = bytes(12), let payload = bytes(header[8...].reduce(0) { $0 << 8 | Int($1) }) else { return nil }
    return (header[2] == 0 ? header[3] : 0, payload)
  }

  /// An object with its header and padding. PCIe 6.0 section 6.30.1.
  static func object(_ payload: [UInt8], kind: UInt8 = 1) -> [UInt8] {
    let padded = payload + [UInt8](repeating: 0, count: (4 - payload.count % 4) % 4)
    return [1, 0, kind, 0, UInt8(2 + padded.count / 4), 0, 0, 0] + padded
  }

  /// Discovery, SPDM and secured SPDM, by the index that was asked for.
  static func discovery(_ question: [UInt8]) -> [UInt8] { object([1, 0, question[8], question[8] < 2 ? question[8] + 1 : 0], kind: 0) }
}
