import ArgumentParser
import Devices
import Documents
import Foundation
import PCI
import Primitives
import SPDM

/// `device serve`: a device that speaks SPDM, IDE_KM and TDISP on TCP.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serves a device that speaks SPDM, IDE_KM and TDISP on TCP.",
    discussion: """
      The emulators' framing and bare DOE objects are both understood; the first byte tells which. `--fault list` says what the device can \
      do wrong. Without --identity the certificates are made at the start, and only --new-identity keeps them.
      """)
  @Option(help: "The port; 0 takes a free one.") var port: UInt16 = 2323
  @Option(help: "A port on which the device itself is asked and set, on this machine alone; 0 takes a free one.") var controlPort: UInt16?
  @Option(help: "The address to listen on. Everybody who reaches it can talk to the device.") var bind = "127.0.0.1"
  @Option(help: "A folder with chain.pem and key.pem.") var identity: String?
  @Option(help: "A folder for new certificates and their key: root.pem, chain.pem, key.pem.") var newIdentity: String?
  @Option(help: "The algorithms of a new identity: p384 or p256.") var suite: Suite = .p384
  @Option(help: "An lspci -vvvxxxx dump for the configuration space; `builtin` is the device that every machine has.") var dump = "builtin"
  @Option(help: "A machine file: one of its devices is served, with its registers, BARs, interface and firmware.") var machine: String?
  @Option(help: "The address of the first function (default: 0000:01:00.0), or of the machine's device (default: its first).")
  var address: String?
  @Option(help: "How many functions, 1 to 8.") var functions = 1
  @Option(help: "Bytes of the interface report, as hexadecimal text in a file; otherwise it follows from the BARs.") var report: String?
  @Option(help: "Something that the device does wrong; several can be given. `list` names them.") var fault: [String] = []
  @Option(help: "Seconds after which a silent session ends at the latest by half; 0 asks for no heartbeat.") var heartbeat: UInt8 = 0
  @Option(help: "Seconds after which a connection that says nothing is closed, unless its session has a heartbeat; 0 never.")
  var idle: UInt32 = 300
  @Option(help: "FINISH in the clear, if the requester can, or encrypted.") var handshake: Handshake = .clear
  @Option(help: "Stop after so many seconds.") var seconds: Int?

  enum Suite: String, CaseIterable, ExpressibleByArgument { case p384, p256 }
  enum Handshake: String, CaseIterable, ExpressibleByArgument { case clear, encrypted }

  func run() throws {
    if fault == ["list"] {
      for entry in Fault.catalogue { print("\(entry.name)\(entry.example)".padding(toLength: 22, withPad: " ", startingAt: 0) + entry.summary) }
      return
    }
    do {
      let device = try device()
      var configuration = Responder.Configuration(credentials: [try credential()])
      configuration.heartbeat = heartbeat
      configuration.misconduct = Misconduct(device.faults)
      if handshake == .encrypted { configuration.capabilities.flags.remove(.handshakeInClear) }
      var options = DeviceServer.Options()
      (options.address, options.port, options.controlPort, options.seconds) = (bind, port, controlPort, seconds)
      options.idle = idle
      allowManyFiles()
      let server = try DeviceServer(device, configuration, options)
      let control = server.controlPort.map { " control=127.0.0.1:\($0)" } ?? ""
      let names = device.functions.map(\.id.description).joined(separator: ",")
      print("serving: address=\(bind):\(server.port)\(control) functions=\(names)")
      fflush(nil)
      server.run()
    } catch let error as DocumentError { throw Leave.badInput(error.description) } catch let error as TransportError {
      throw Leave.badInput(error.description)
    } catch let error as EvidenceError { throw Leave.badInput(error.description) }
  }

  /// A connection is a file, and a shell mostly allows a thousand of them: as many as the server takes, if the system lets.
  private func allowManyFiles() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, rlim_t(DeviceServer.clientLimit + 64)))
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  private func device() throws -> ServedDevice {
    let faults = try fault.map { text in
      guard let fault = Fault(text) else {
        throw Leave.badInput("--fault \(text)\n  expected one of: \(Fault.catalogue.map { $0.name + $0.example }.joined(separator: ", "))")
      }
      return fault
    }
    let wanted = try address.map { text in
      guard let id = RequesterID(text) else { throw Leave.badInput("--address \(text)\n  expected an address as 0000:01:00.0") }
      return id
    }
    var device: ServedDevice
    if let machine {
      for (option, isGiven) in [("--dump", dump != "builtin"), ("--functions", functions != 1)] where isGiven {
        throw Leave.badInput("\(option) says nothing beside --machine\n  expected --address to choose one of its devices")
      }
      device = try MachineDevice(machine, at: wanted).served(Set(faults))
    } else {
      guard let id = wanted ?? RequesterID("0000:01:00.0") else { throw Leave.badInput("--address") }
      let most = 8 - Int(id.function)
      guard (1...most).contains(functions) else { throw Leave.badInput("--functions \(functions)\n  expected 1 to \(most) from \(id) on") }
      let read = try dump == "builtin" ? BuiltInDump.read() : ConfigurationSpaceDump(contentsOf: dump).checked().checkedForEngine()
      device = ServedDevice(read, at: id, functions: functions, faults: Set(faults))
    }
    if let report {
      guard let bytes = HexText.bytes(try TextFile.text(at: report)), !bytes.isEmpty, bytes.count <= 0xFFFF else {
        throw Leave.badInput("\(report): expected hexadecimal digits of at most 65535 bytes")
      }
      device.settle(report: bytes)
    }
    return device
  }

  private func credential() throws -> Credential {
    guard identity == nil || newIdentity == nil else { throw Leave.badInput("--identity and --new-identity at once\n  expected one of them") }
    if let identity { return try IdentityFolder(identity).read() }
    let made = try Credential.make(suite == .p384 ? .p384 : .p256, device: "Cofferdam:accelerator:0001", now: Date())
    if let newIdentity { try IdentityFolder(newIdentity).write(made) }
    return made
  }
}
