import Buffers
import Foundation

/// Real threads and a second process that do everything with buffers at random: exporters that move and revoke, importers of all classes,
/// fences signalled from other threads and from the other process, which is killed now and then. Every byte that anybody gets is the buffer's
/// own, and in the end nobody holds anything.
///
///     BufferStress [--seed N] [--rounds N]
///
/// The seed is printed, and chosen anew for each run if none is given. It fixes what each thread wants; who is first is the machine's to say.
/// Status 0 if nothing was wrong, 1 if something was, 2 for arguments that say nothing. A program of its own, so that a sanitizer builds
/// nothing else.
@main
enum BufferStress {
  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    if arguments == ["client"] { exit(StressClient.serve(0)) }
    if arguments == ["leak"] { leak() }
    var seed = UInt64.random(in: 1...UInt64(UInt32.max)), rounds: UInt64 = 150
    while let option = arguments.first {
      guard arguments.count > 1, let value = UInt64(arguments[1]), value <= UInt64(UInt32.max), option == "--seed" || option == "--rounds" else {
        complain("\(arguments.prefix(2).joined(separator: " ")): expected --seed N or --rounds N, N at most \(UInt32.max)")
        exit(2)
      }
      if option == "--seed" { seed = value } else { rounds = value }
      arguments.removeFirst(2)
    }
    print("stress: seed \(seed), \(rounds) rounds")
    fflush(nil)
    let result: StressResult
    do { result = try StressRun(seed: seed, rounds: Int(rounds)).run() } catch {
      complain("stress: seed \(seed): \(error)")
      exit(1)
    }
    print("stress: \(result)")
    for text in result.faults { complain("stress: seed \(seed): \(text)") }
    exit(result.faults.isEmpty ? 0 : 1)
  }

  private final class Forgotten {
    let handle: BufferHandle
    init(_ handle: consuming BufferHandle) { self.handle = handle }
  }

  /// Ends with a buffer that nobody released, for the report at exit.
  private static func leak() -> Never {
    BufferReports.reportLeaksAtExit()
    do {
      _ = Unmanaged.passRetained(Forgotten(try HostMemory(on: Bus()).makeBuffer(named: "forgotten", bytes: 4096)))
      exit(0)
    } catch {
      complain("\(error)")
      exit(1)
    }
  }

  private static func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
