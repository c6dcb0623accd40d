import Foundation
import Heaps

/// A decoder in a process of its own, behind two pipes: it sees what is written to it and nothing else of this machine.
///
/// Form of both streams, numbers little-endian, 32 bits. To it: length and bytes of the configuration record, then length and bytes of each
/// sample in decoding order, and the end. From it, for each frame in order of presentation: width, height, length, and the planes.
public struct HelperDecoder: FrameDecoder {
  public let name: String
  private let path: String
  /// For how long nothing may come, in seconds; a helper that is silent for longer is ended.
  private let patience: Int32

  static let mostFrameBytes = 1 << 26

  /// - Throws: `.badRequest` where there is no program at this path.
  public init(path: String, patience: Int32 = 30) throws(HeapError) {
    guard FileManager.default.isExecutableFile(atPath: path) else { throw HeapError(.badRequest, "\(path) is no program that could be run") }
    (self.path, name, self.patience) = (path, URL(fileURLWithPath: path).lastPathComponent, patience)
  }

  public func decode(configuration: [UInt8], samples: [[UInt8]], frame: (DecodedFrame) throws -> Void) throws {
    let process = Process(), toHelper = Pipe(), fromHelper = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.environment = [:]
    (process.standardInput, process.standardOutput) = (toHelper, fromHelper)
    // A helper that ends early is an error of a write, and no reason to die.
    signal(SIGPIPE, SIG_IGN)
    do { try process.run() } catch { throw HeapError(.badRequest, "\(path) cannot be started: \(error.localizedDescription)") }
    let writer = toHelper.fileHandleForWriting
    // Frames come while samples go: each side has its own thread, so that neither pipe fills up.
    let feeding = Thread {
      for bytes in [configuration] + samples {
        guard (try? writer.write(contentsOf: Data(Self.number(bytes.count) + bytes))) != nil else { break }
      }
      try? writer.close()
    }
    feeding.start()
    // Not asked to end: whoever hangs may not listen.
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    let reader = fromHelper.fileHandleForReading
    var count = 0
    while let head = try read(reader, 12) {
      let (width, height, length) = (Self.integer(head, 0), Self.integer(head, 4), Self.integer(head, 8))
      guard length > 0, length <= Self.mostFrameBytes, let bytes = try read(reader, length) else {
        throw HeapError(.badRequest, "\(name) gave a frame of \(length) bytes that is cut or too large")
      }
      count += 1
      guard count <= samples.count else { throw HeapError(.badRequest, "\(name) gives more frames than the \(samples.count) samples that it got") }
      try frame(DecodedFrame(width: width, height: height, bytes: bytes))
    }
    for _ in 0..<(Int(patience) * 100) where process.isRunning { usleep(10_000) }
    guard !process.isRunning else { throw silence("does not end") }
    guard process.terminationStatus == 0 else { throw HeapError(.badRequest, "\(name) ended with status \(process.terminationStatus)") }
  }

  private static func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  private static func integer(_ bytes: [UInt8], _ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }

  private func silence(_ what: String) -> HeapError { HeapError(.badRequest, "\(name) \(what) for \(patience) s") }

  /// Nil at the end of the stream.
  /// - Throws: where it ends in the middle, or nothing comes.
  private func read(_ handle: FileHandle, _ count: Int) throws -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      var waiting = pollfd(fd: handle.fileDescriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, patience * 1000) != 0 else { throw silence("gives nothing") }
      guard let more = try handle.read(upToCount: count - bytes.count), !more.isEmpty else {
        if bytes.isEmpty { return nil }
        throw HeapError(.badRequest, "the decoder's stream ends in the middle of a frame")
      }
      bytes += more
    }
    return bytes
  }
}
