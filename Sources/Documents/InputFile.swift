import Foundation

/// A file opened for reading in a way that neither waits for what never comes nor follows something that has no end.
///
/// Regular files and pipes are read: a pipe is what `<(command)` and `/dev/stdin` are, and is read to its end as long as
/// somebody holds its other side. A named pipe to which no writer has come is given up after a while, where open(2)
/// would wait for ever. Directories, devices, terminals and sockets are refused; the null device is an empty file.
struct InputFile: ~Copyable {
  private let descriptor: Int32
  private let place: Position
  private let isPipe: Bool
  /// Bytes, where the kernel knows them before they are read; 0 for pipes and for the files of /proc.
  private let size: Int

  /// Linux: major 1, minor 3.
  private static let nullDevice = 0x103

  private init(descriptor: Int32, place: Position, isPipe: Bool, size: Int) {
    (self.descriptor, self.place, self.isPipe, self.size) = (descriptor, place, isPipe, size)
  }

  static func opened(_ path: String) throws(DocumentError) -> InputFile {
    let place = Position(file: path)
    // A zero byte would end the name for the kernel and not for whoever reads the message.
    guard !path.utf8.contains(0) else { throw DocumentError(.missingFile, at: place, "no such file") }
    // Without O_NONBLOCK opening a pipe waits for its writer.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw refusal(errno, place) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = refusal(errno, place)
      close(descriptor)
      throw error
    }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFIFO || (kind == S_IFCHR && Int(status.st_rdev) == nullDevice) else {
      let what = kind == S_IFDIR ? "is a directory" : isatty(descriptor) == 1 ? "is a terminal" : "is a device"
      close(descriptor)
      throw DocumentError(.notAFile, at: place, what, expected: "a file or a pipe")
    }
    return InputFile(descriptor: descriptor, place: place, isPipe: kind == S_IFIFO, size: kind == S_IFREG ? Int(status.st_size) : 0)
  }

  deinit { close(descriptor) }

  /// All bytes. One over the limit is enough to know, and a file that says that it is larger is not read at all.
  func bytes(limit: Int) throws(DocumentError) -> [UInt8] {
    var bytes: [UInt8] = []
    var hasWaited = false
    while size <= limit, bytes.count <= limit {
      let wanted = min(limit + 1 - bytes.count, max(1 << 16, size + 1))
      var code: Int32 = 0
      let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
        let answer = read(descriptor, buffer.baseAddress, wanted)
        code = answer < 0 ? errno : 0
        count = max(0, answer)
      }
      switch code {
      case 0 where !piece.isEmpty: if bytes.isEmpty { bytes = piece } else { bytes += piece }
      case 0:
        // The end; or nobody has come yet to write.
        guard isPipe, bytes.isEmpty, !hasWaited else { return bytes }
        guard waitForWriter(TextFile.pipePatience) else {
          throw DocumentError(.unreadable, at: place, "nobody writes to this pipe", expected: "a file, or a pipe with a writer")
        }
        hasWaited = true
      case EINTR: continue
      case EAGAIN where isPipe: _ = waitForWriter(-1)
      default: throw Self.refusal(code, place)
      }
    }
    throw DocumentError(.tooLarge, at: place, "the file is too large", expected: "at most \(limit) bytes")
  }

  /// Whether a writer came, or wrote, or left, in so many milliseconds; -1 waits for what a writer that is there will do.
  private func waitForWriter(_ milliseconds: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, milliseconds) != 0
  }

  private static func refusal(_ code: Int32, _ place: Position) -> DocumentError {
    switch code {
    case ENOENT, ENOTDIR: DocumentError(.missingFile, at: place, "no such file")
    case EACCES, EPERM: DocumentError(.unreadable, at: place, "may not be read by this user")
    case ENXIO: DocumentError(.notAFile, at: place, "is a socket or a device that is not there", expected: "a file or a pipe")
    default: DocumentError(.unreadable, at: place, "cannot be read: \(String(cString: strerror(code)))")
    }
  }
}
