import Buffers
import Foundation
import RadixTable

/// A fence that is signalled here is seen by another process, which signals one of its own; beside it the same with two bare eventfds and
/// nothing else. CPU time of both processes, and time on the clock. All of it on one processor: on two, what a round trip costs is what it
/// costs to wake the other one, ten times as much, and the kernel chooses anew every few milliseconds.
///
/// What is made before the first trip is outside of both clocks: our fences, their descriptors and callbacks, that the port has them open, that
/// they are sent; and the two eventfds, which all rounds share.
enum TwoProcesses {
  /// Of the round in the middle, by how the two compare.
  struct Figures {
    /// Nanoseconds of both processors for a round trip, and on the clock.
    var ours = 0.0, bare = 0.0, oursOnClock = 0.0, bareOnClock = 0.0
    /// False where the kernel does not let us choose: the figures are of another thing then.
    var isOnOneProcessor = false
  }

  /// As many as descriptors go in one message.
  private static let trips = 200, rounds = 61

  static func measure() throws -> Figures {
    // The other process begins with what its parent's thread may use.
    let stays = c_stay_here() == 0
    defer { c_go_anywhere() }
    let (mine, theirs) = try Channel.pair()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["second-process"]
    process.standardInput = FileHandle(fileDescriptor: theirs.file, closeOnDealloc: false)
    defer { withExtendedLifetime(theirs) {} }
    try process.run()
    var figures: [Figures] = []
    let there = c_eventfd(), back = c_eventfd()
    try mine.send([0], [there, back])
    for _ in 0..<rounds {
      let ours = try fences(mine, process.processIdentifier)
      try mine.send([2])
      let bare = try time(mine, process.processIdentifier) { c_eventfd_trips(there, back, UInt64(trips)) }
      figures.append(Figures(ours: ours.processor, bare: bare.processor, oursOnClock: ours.clock, bareOnClock: bare.clock, isOnOneProcessor: stays))
    }
    mine.hangUp()
    process.waitUntilExit()
    // What else the machine does changes in the meantime, for the one as for the other: the two are compared within a round.
    return figures.sorted { $0.ours / $0.bare < $1.ours / $1.bare }[rounds / 2]
  }

  private struct Sample { var processor = 0.0, clock = 0.0 }

  private static func fences(_ channel: Channel, _ process: pid_t) throws -> Sample {
    let owner = FenceProducer(driver: "owner", timeline: "there"), client = FenceProducer(driver: "client", timeline: "back")
    let there = (0..<trips).map { _ in owner.emit() }, back = (0..<trips).map { _ in client.emit() }
    let descriptors = try there.map { Descriptor(try FenceDescriptor($0)) }
    try withExtendedLifetime(descriptors) { try channel.send([1], descriptors.map { $0.fence.file }) }
    let port = try FencePort(sending: [1], over: channel)
    for fence in back { try port.open(fence) }
    let sample = try time(channel, process) {
      for i in 0..<trips {
        there[i].signal()
        while !back[i].isSignalled {
          guard port.serve(milliseconds: -1) != nil else { throw BufferError(.system, "the second process is gone") }
        }
      }
    }
    // Until now the other side keeps its descriptors: that they are closed is no part of the last trip.
    try channel.send([3])
    return sample
  }

  /// An array has no room for what cannot be copied.
  private final class Descriptor {
    let fence: FenceDescriptor
    init(_ fence: consuming FenceDescriptor) { self.fence = fence }
  }

  /// Once the other process says that it is ready, for a round trip each.
  private static func time(_ channel: Channel, _ process: pid_t, _ body: () throws -> Void) throws -> Sample {
    _ = try channel.receive()
    var clock = clockid_t()
    clock_getcpuclockid(process, &clock)
    func now(_ clock: clockid_t) -> Double {
      var time = timespec()
      clock_gettime(clock, &time)
      return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
    func both() -> Double { now(CLOCK_PROCESS_CPUTIME_ID) + now(clock) }
    let (processor, start) = (both(), now(CLOCK_MONOTONIC))
    try body()
    return Sample(processor: (both() - processor) / Double(trips), clock: (now(CLOCK_MONOTONIC) - start) / Double(trips))
  }

  /// The second process, until the first hangs up.
  static func serve() -> Int32 {
    let channel = Channel(0)
    do {
      guard let bare = try channel.receive(descriptors: Channel.mostDescriptors)?.descriptors, bare.count == 2 else { return 1 }
      while let message = try channel.receive(descriptors: Channel.mostDescriptors) {
        if message.bytes == [2] {
          try channel.send([0])
          c_eventfd_echoes(bare[0], bare[1], UInt64(trips))
          continue
        }
        guard let answer = try channel.receive(descriptors: 1)?.descriptors.first else { return 1 }
        let fences = message.descriptors.map { Received(ReceivedFence($0)) }, port = ReceivedPort(answer)
        try channel.send([0])
        for received in fences {
          _ = received.fence.wait(milliseconds: -1)
          port.signal()
        }
        _ = try withExtendedLifetime(fences) { try channel.receive() }
      }
      return 0
    } catch {
      return 1
    }
  }

  private final class Received {
    let fence: ReceivedFence
    init(_ fence: consuming ReceivedFence) { self.fence = fence }
  }
}
