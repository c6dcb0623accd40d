import Clock
import Devices
import Foundation
import PCI
import Primitives
import SPDM

/// What a session, an exchange in it and a thousand of them cost. Requester and responder are in one process, so that CPU time is
/// that of both; `sessions a second` is over TCP, with the server in a thread of its own.
@main
enum DeviceLoad {
  static func main() async throws {
    let credential = try Credential.make(.p384, device: "Cofferdam:load:1", now: Date())
    try await establishment(credential)
    try await exchanges(credential)
    try await openAtOnce(credential)
    try await overTCP(credential)
  }

  static func verified(_ chain: UnverifiedChain, _ credential: Credential) async throws -> VerifiedChain {
    try await VerifiedChain(chain, root: credential.root, at: Date(), suite: .p384)
  }

  /// GET_VERSION to FINISH_RSP, the chain verified.
  static func open<Transport: DOETransport>(_ transport: Transport, _ credential: Credential) async throws -> Requester<Transport> {
    var requester = Requester(transport)
    try requester.negotiate()
    try requester.open(try await verified(try requester.chain(), credential), summary: .none)
    return requester
  }

  static func establishment(_ credential: Credential) async throws {
    let rounds = 100
    _ = try await open(Pair(credential), credential)
    var answering: UInt64 = 0
    let start = processorTime()
    for _ in 0..<rounds { answering += try await open(Pair(credential), credential).transport.time }
    let all = (processorTime() - start) / UInt64(rounds) / 1000
    let responder = answering / UInt64(rounds) / 1000
    print("session establishment, P-384, both sides   \(all) us of CPU, of which the responder \(responder)")
    print("sessions a second that a server can open   \(1_000_000 / max(1, responder)) on the one core that it uses, without TCP")
  }

  static func exchanges(_ credential: Credential) async throws {
    let rounds = 5000
    var requester = try await open(Pair(credential), credential)
    let function = InterfaceID(RequesterID(rawValue: 0x0100))
    _ = try requester.interfaceState(function)
    let start = processorTime()
    for _ in 0..<rounds { _ = try requester.interfaceState(function) }
    print("TDISP GET_STATE in the session, a side      \((processorTime() - start) / UInt64(2 * rounds) / 1000) us of CPU")
  }

  static func openAtOnce(_ credential: Credential) async throws {
    var kept: [Pair] = []
    for _ in 0..<20 { kept.append(try await open(Pair(credential), credential).transport) }
    let before = residentBytes()
    let count = 1000
    for _ in 0..<count { kept.append(try await open(Pair(credential), credential).transport) }
    let bytes = max(0, residentBytes() - before) / count
    print("1,000 sessions open at once, responder       \(bytes / 1024) KiB each, \(kept.count) kept, device included")
  }

  static func overTCP(_ credential: Credential) async throws {
    var options = DeviceServer.Options()
    (options.port, options.seconds) = (0, 120)
    let server = try DeviceServer(try device(), Responder.Configuration(credentials: [credential]), options)
    let port = server.port
    nonisolated(unsafe) let served = server
    let (places, place) = AsyncStream.makeStream(of: String.self)
    let thread = Thread {
      place.yield((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")) ?? "")
      served.run()
    }
    thread.start()
    let serverThread = await places.first { _ in true } ?? ""
    // Requesters share the machine with the server: alone it would have a core, and they the rest. Each is a thread, since it waits.
    for requesters in [1, 2, 4, 8] {
      let count = 400
      let (begin, start, serving) = (ContinuousClock.now, processorTime(), time(ofThread: serverThread))
      let ends = AsyncThrowingStream.makeStream(of: Void.self)
      for _ in 0..<requesters {
        Thread.detachNewThread {
          do {
            for _ in 0..<count / requesters {
              var requester = Requester(try TCPMailbox(host: "127.0.0.1", port: port))
              try requester.negotiate()
              let chain = try requester.chain()
              try requester.open(try VerifiedChain.verify(chain, root: credential.root, at: Date(), suite: .p384), summary: .none)
              try requester.end()
            }
            ends.continuation.yield()
          } catch { ends.continuation.finish(throwing: error) }
        }
      }
      var done = ends.stream.makeAsyncIterator()
      for _ in 0..<requesters { _ = try await done.next() }
      let elapsed = (ContinuousClock.now - begin).components
      let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
      let all = (processorTime() - start) / UInt64(count) / 1000, served = (time(ofThread: serverThread) - serving) / UInt64(count) / 1000
      print(
        "sessions over TCP, \(requesters) requesters             \(Int(Double(count) / seconds)) a second of wall time; "
          + "\(all) us of CPU each, of which the server \(served): \(1_000_000 / max(1, served)) a second on its core")
    }
    allowManyFiles()
    let before = residentBytes()
    var open: [Requester<TCPMailbox>] = []
    for _ in 0..<1000 { open.append(try await Self.open(try TCPMailbox(host: "127.0.0.1", port: port), credential)) }
    let bytes = max(0, residentBytes() - before) / open.count
    for i in open.indices { try open[i].beat() }
    print("sessions over TCP, open at once            \(open.count), each still answers; \(bytes / 1024) KiB each, both sides")
  }

  /// Both ends of a thousand connections are files of this process.
  static func allowManyFiles() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, 4096)
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// What a thread has taken of the processor, in nanoseconds. proc(5), task/[tid]/schedstat.
  static func time(ofThread place: String) -> UInt64 {
    let text = (try? String(contentsOfFile: "/proc/\(place)/schedstat", encoding: .utf8)) ?? ""
    return text.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
  }

  static func device() throws -> ServedDevice { ServedDevice(try BuiltInDump.read(), at: RequesterID(rawValue: 0x0100)) }

  static func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (Int(text.split(separator: " ").dropFirst().first ?? "0") ?? 0) * 4096
  }
}

/// A requester's mailbox with the responder behind it.
final class Pair: DOETransport {
  private var responder: Responder
  private var device: ServedDevice
  /// CPU time that answers took, in nanoseconds.
  private(set) var time: UInt64 = 0

  init(_ credential: Credential) throws {
    responder = Responder(Responder.Configuration(credentials: [credential]), connection: 1)
    device = try Self.shared.get()
  }

  private static let shared = Result { try DeviceLoad.device() }

  func exchange(_ object: DOEObject) throws(TransportError) -> DOEObject {
    let start = processorTime()
    defer { time += processorTime() - start }
    guard let answer = responder.answer(object, at: 0, device: &device) else { throw TransportError(.malformed, "no answer") }
    return answer
  }
  func pause(microseconds: UInt64) {}
}
