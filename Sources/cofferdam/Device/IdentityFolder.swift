import Documents
import Foundation
import SPDM

/// A folder with a device's certificates and its key, PEM.
struct IdentityFolder {
  private let url: URL

  init(_ path: String) { url = URL(fileURLWithPath: path) }

  private func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func read() throws -> Credential {
    let certificates = CredentialText.rootFirst(try CredentialText.certificates(try TextFile.text(at: path("chain.pem"))))
    return try Credential(certificates: certificates, key: try CredentialText.key(try TextFile.text(at: path("key.pem"))))
  }

  /// The folder is made if it is not there. A key that is there already is not overwritten; nobody but its owner reads a new one.
  func write(_ credential: Credential) throws {
    let manager = FileManager.default
    do { try manager.createDirectory(at: url, withIntermediateDirectories: true) } catch {
      throw Leave.badInput("cannot make the folder \(url.path)")
    }
    let key = open(path("key.pem"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard key >= 0 else { throw Leave.badInput("cannot write \(path("key.pem")): \(String(cString: strerror(errno)))") }
    let handle = FileHandle(fileDescriptor: key, closeOnDealloc: true)
    do {
      try handle.write(contentsOf: Data(CredentialText.secretText(credential.key).utf8))
      try handle.close()
      try Data(CredentialText.text([credential.root]).utf8).write(to: url.appendingPathComponent("root.pem"))
      try Data(CredentialText.text(credential.certificates).utf8).write(to: url.appendingPathComponent("chain.pem"))
    } catch { throw Leave.badInput("cannot write to \(url.path): \(error.localizedDescription)") }
  }
}
