import Foundation
import Testing

import Documents

@Suite struct TextFiles {
  private func code(_ path: String) -> DocumentError.Code? {
    do throws(DocumentError) {
      _ = try Document(contentsOf: path)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func whatIsNoFile() {
    #expect(code("/no/such/file.yaml") == .missingFile)
    #expect(code(NSTemporaryDirectory()) == .notAFile)
    #expect(code("/dev/zero") == .notAFile)
    #expect(code("/dev/null") == .empty)
    #expect(code("") == .missingFile && code("/dev/null\0") == .missingFile && code("/dev/null/x") == .missingFile)
  }

  private func temporary() -> String { NSTemporaryDirectory() + "/cofferdam-\(UUID().uuidString)" }

  /// open(2) would wait for ever.
  @Test func aPipeToWhichNobodyComes() {
    let path = temporary()
    #expect(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    #expect(code(path) == .unreadable)
  }

  /// The writer may come late and write slowly; its end is the end of the file.
  @Test func aPipeWithAWriterIsAFile() throws {
    let path = temporary()
    #expect(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let writer = Thread {
      usleep(200_000)
      let descriptor = open(path, O_WRONLY)
      for piece in ["a: 1\n", "b: 2\n"] {
        usleep(50_000)
        _ = piece.utf8CString.withUnsafeBytes { write(descriptor, $0.baseAddress, piece.utf8.count) }
      }
      close(descriptor)
    }
    writer.start()
    #expect(try TextFile.text(at: path) == "a: 1\nb: 2\n")
  }

  /// What `<(command)` is once the command has ended: its bytes are still there.
  @Test func aPipeWhoseWriterHasGone() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    _ = "a: 1\n".utf8CString.withUnsafeBytes { write(ends[1], $0.baseAddress, 5) }
    close(ends[1])
    defer { close(ends[0]) }
    #expect(try TextFile.text(at: "/dev/fd/\(ends[0])") == "a: 1\n")
  }

  /// A file that says how large it is is not read to find out.
  @Test func aSparseGiant() throws {
    let path = temporary()
    let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
    #expect(ftruncate(descriptor, 1 << 40) == 0)
    close(descriptor)
    defer { unlink(path) }
    #expect(code(path) == .tooLarge)
    #expect(throws: DocumentError.self) { try TextFile.bytes(at: path, limit: 1 << 39) }
  }

  @Test func textThatIsNone() {
    let error = #expect(throws: DocumentError.self) { try TextFile.text(Array("a\nb".utf8) + [0xFF, 0x0A], file: "x") }
    #expect(quoted("a\u{9B}\u{202E}\u{2028}b") == "'a???b'")
    #expect(error?.code == .notUTF8 && error?.position == Position(file: "x", line: 2))
  }
}
