import Devices
import Documents
import Machine
import PCI
import Primitives

/// A device of a user's machine file, as the machine has it when its driver has opened it.
struct MachineDevice {
  private let machine: Machine
  private let index: Int

  /// - Parameter address: nil for the machine's first device.
  init(_ path: String, at address: RequesterID?) throws {
    let file = try MachineFile(contentsOf: path)
    do { machine = try Machine(file) } catch { throw Leave.badInput("\(path): \(error)") }
    guard let found = address.map({ wanted in file.devices.firstIndex { $0.address == wanted } }) ?? file.devices.indices.first else {
      let known = file.devices.map(\.address.description).joined(separator: ", ")
      throw Leave.badInput("\(path) has no device at \(address.map(\.description) ?? "all")\n  expected one of: \(known)")
    }
    index = found
  }

  /// Decoding and mastering are on: a device that does neither refuses LOCK.
  func served(_ faults: Set<Fault>) -> ServedDevice {
    machine.hardware.functions[index].setMemoryEnable(true)
    machine.hardware.functions[index].setBusMaster(true)
    return machine.served(UInt8(index), faults: faults)
  }
}
