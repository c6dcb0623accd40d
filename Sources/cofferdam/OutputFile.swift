import Documents
import Foundation

/// The file of `--output`: asked before the work whether it can be written, so that two minutes of exploring do not end in
/// "no such folder", and written afterwards.
struct OutputFile {
  let path: String
  /// Behind the links that lead there.
  private var url: URL { URL(fileURLWithPath: path).resolvingSymlinksInPath() }

  init(_ path: String) { self.path = path }

  private func refusal(_ what: String) -> Leave { .badInput("cannot write \(path): \(what)") }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }

  func refuseWhatCannotBeWritten() throws {
    guard !path.isEmpty else { throw refusal("no name") }
    guard let there = Self.status(path) else {
      // A new file, perhaps behind a link that leads nowhere yet.
      guard !path.hasSuffix("/") else { throw refusal("is a directory") }
      let folder = url.deletingLastPathComponent().path
      guard let above = Self.status(folder), above.st_mode & S_IFMT == S_IFDIR else { throw refusal("no such folder") }
      guard access(folder, W_OK) == 0 else { throw refusal(String(cString: strerror(errno))) }
      return
    }
    guard there.st_mode & S_IFMT != S_IFDIR else { throw refusal("is a directory") }
    guard access(path, W_OK) == 0 else { throw refusal(String(cString: strerror(errno))) }
  }

  /// Whether it is this file by any name: a link of either kind, or another way to write it.
  func isSameFile(as input: String) -> Bool {
    guard let one = Self.status(path), let other = Self.status(input) else { return false }
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino && one.st_mode & S_IFMT != S_IFCHR
  }

  /// A regular file is replaced whole or not at all, and keeps its mode. Anything else, a pipe or a device, is written to.
  func write(_ data: Data) throws {
    do {
      if let there = Self.status(path), there.st_mode & S_IFMT != S_IFREG {
        let handle = try writer()
        try handle.write(contentsOf: data)
        return try handle.close()
      }
      let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
      // A link that leads nowhere yet.
      if attributes?[.type] as? FileAttributeType == .typeSymbolicLink { return try data.write(to: url) }
      try data.write(to: url, options: .atomic)
      if let mode = attributes?[.posixPermissions] { try? FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path) }
    } catch let leave as Leave {
      throw leave
    } catch { throw refusal((error as NSError).localizedDescription) }
  }

  /// open(2) waits for ever for the reader of a pipe that nobody reads; here it has the time that a writer has (`TextFile`).
  private func writer() throws -> FileHandle {
    for _ in 0..<Int(TextFile.pipePatience / 10) {
      let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
      if descriptor >= 0 {
        // The reader may be slow: from here on writing waits for it.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      }
      guard errno == ENXIO else { throw refusal(String(cString: strerror(errno))) }
      usleep(10_000)
    }
    throw refusal("nobody reads from it")
  }
}
