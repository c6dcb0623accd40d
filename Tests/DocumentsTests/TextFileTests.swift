import Foundation
import Testing

@testable import Documents

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
    #expect(code("/dev/zero") == .tooLarge)
  }

  @Test func textThatIsNone() {
    let error = #expect(throws: DocumentError.self) { try TextFile.text(Array("a\nb".utf8) + [0xFF, 0x0A], file: "x") }
    #expect(error?.code == .notUTF8 && error?.position == Position(file: "x", line: 2))
  }
}
