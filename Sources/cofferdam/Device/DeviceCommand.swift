import ArgumentParser
import Documents
import Machine
import PCI
import Primitives

struct DeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device", abstract: "Devices: made from dumps, served, connected to, and their evidence.",
    subcommands: [Show.self, ServeCommand.self, ConnectCommand.self, VerifyCommand.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "An lspci -vvvxxxx dump as a device: what was read, and what is wrong with it.")
    @Argument(help: "The dump; `builtin` is the device that every machine has.") var file: String
    @Option(help: "The function, when the dump holds several: 0000:e1:00.0.") var address: String?
    @Option(help: "Sizes of its BARs, as a machine file has them: '{0: 64MiB, 2: 4KiB}'.") var barSizes: String?
    @Flag(help: "JSON instead of text.") var json = false

    private func requester() throws -> RequesterID? {
      guard let address else { return nil }
      guard let id = RequesterID(address) else { throw Leave.badInput("--address \(address)\n  expected an address as 0000:e1:00.0") }
      return id
    }

    func run() throws {
      do {
        let address = try requester()
        let sizes = try barSizes.map { try MachineFile.barSizes(Document(text: $0, file: "--bar-sizes").root) } ?? [:]
        let dump =
          file == "builtin"
          ? try ConfigurationSpaceDump(text: BuiltInDump.text(), file: "built-in/\(BuiltInDump.name)", address: address, sizes: sizes)
          : try ConfigurationSpaceDump(contentsOf: file, address: address, sizes: sizes)
        let report = DeviceReport(dump)
        print(json ? try report.json() : report.text)
        if !report.isUsable { throw Leave(.badInput) }
      } catch let error as DocumentError {
        throw Leave.badInput(error.description)
      }
    }
  }
}
