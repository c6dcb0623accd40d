import ArgumentParser
import Documents
import PCI
import Primitives

struct DeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device", abstract: "Devices made from dumps, and (to come) served and connected to.",
    subcommands: [Show.self, Serve.self, Connect.self, Verify.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "An lspci -vvvxxxx dump as a device: what was read, and what is wrong with it.")
    @Argument(help: "The dump; `builtin` is the device that every machine has.") var file: String
    @Option(help: "The function, when the dump holds several: 0000:e1:00.0.") var address: String?
    @Flag(help: "JSON instead of text.") var json = false

    private func requester() throws -> RequesterID? {
      guard let address else { return nil }
      guard let id = RequesterID(address) else { throw Leave.badInput("--address \(address)\n  expected an address as 0000:e1:00.0") }
      return id
    }

    func run() throws {
      do {
        let address = try requester()
        let dump =
          file == "builtin"
          ? try ConfigurationSpaceDump(text: BuiltInDump.text(), file: "built-in/\(BuiltInDump.name)", address: address)
          : try ConfigurationSpaceDump(contentsOf: file, address: address)
        let report = DeviceReport(dump)
        print(json ? try report.json() : report.text)
        if !report.isUsable { throw Leave(.badInput) }
      } catch let error as DocumentError {
        throw Leave.badInput(error.description)
      }
    }
  }

  struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A device that speaks SPDM and TDISP on TCP (not built yet).")
    @Argument(parsing: .captureForPassthrough) var rest: [String] = []
    func run() throws { throw Leave.notBuiltYet("device serve") }
  }
  struct Connect: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A requester for a device on TCP (not built yet).")
    @Argument(parsing: .captureForPassthrough) var rest: [String] = []
    func run() throws { throw Leave.notBuiltYet("device connect") }
  }
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Verifies saved evidence, offline (not built yet).")
    @Argument(parsing: .captureForPassthrough) var rest: [String] = []
    func run() throws { throw Leave.notBuiltYet("device verify") }
  }
}
