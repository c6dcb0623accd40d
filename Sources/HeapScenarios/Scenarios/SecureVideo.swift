import Crypto
import Heaps
import Media
import Primitives
import Restriction

extension HeapScenario {
  /// An encrypted film from file to screen, with no clear byte in anybody's reach on the way.
  static let secureVideo = HeapScenario(
    name: "secure-video",
    summary: "a CENC film: decrypted by the crypto master into restricted memory, decoded, composed; the CPU reads zeros (--input FILE)",
    platform: "trustzone"
  ) { story, request in
    guard let input = request.film, let track = input.film.video, let protection = track.protection else {
      throw HeapError(.badRequest, "secure-video plays a film with a protected picture track: --input FILE")
    }
    var player = try SecurePlayer(story, request, input, track)
    try player.provision(protection)
    try player.decrypt()
    try player.probe()
    if let decoder = request.decoder {
      try player.decode(decoder)
    } else {
      story.note("decoder", "none (--decoder PATH): the story ends at the samples")
    }
  }
}

/// The steps of `secure-video`, on one machine.
struct SecurePlayer {
  let story: HeapStory
  let request: HeapRequest
  let input: FilmInput
  let track: Track
  let bench: HeapBench
  let heap: RestrictedHeap
  private var crypto: CryptoMaster
  private let encrypted: Held, clear: Held
  /// In bytes, for one decoded frame.
  private let frameRoom: Int
  static let mostFrameBytes = 1 << 28
  /// Where each sample begins in the restricted buffer; whole words, as engines want them.
  private var offsets: [UInt64] = []

  init(_ story: HeapStory, _ request: HeapRequest, _ input: FilmInput, _ track: Track) throws(HeapError) {
    (self.story, self.request, self.input, self.track) = (story, request, input, track)
    let largest = track.samples.map(\.bytes.count).max() ?? 0, total = track.samples.reduce(0) { $0 + ($1.bytes.count + 15) & ~15 }
    // Any planar format of up to 16 bits, without less chroma than luma.
    frameRoom = track.width * track.height * 6
    guard largest > 0, largest <= 16 << 20, frameRoom > 0, frameRoom <= Self.mostFrameBytes else {
      throw HeapError(.exhausted, "a film of \(track.width)x\(track.height), with samples of up to \(largest) bytes, does not fit this machine")
    }
    let pool = (UInt64(total + 2 * frameRoom) >> 20) + 2
    bench = try HeapBench(request.faults, videoMegabytes: pool)
    heap = try bench.carveOut(bench.video, at: 128, pool)
    try bench.registry.register(heap)
    crypto = try CryptoMaster(bench)
    encrypted = Held(try bench.contiguous.allocate(bytes: UInt64(largest)))
    clear = Held(try heap.allocate(bytes: UInt64(total)))
    var at: UInt64 = 0
    for sample in track.samples {
      offsets.append(at)
      at += UInt64((sample.bytes.count + 15) & ~15)
    }
    story.note(
      "film",
      "\(input.name): \(track.width)x\(track.height) \(track.format), \(track.samples.count) samples, scheme \(track.protection?.scheme ?? "none")")
  }

  mutating func provision(_ protection: TrackProtection) throws {
    story.phase("provision")
    let key = input.key
    var engine = crypto
    try story.step("trusted-application", "load key", "identifier \(hexadecimal(protection.keyIdentifier.prefix(4)))…", to: "crypto") {
      () throws(HeapError) in try engine.load(key)
    }
    crypto = engine
    for (number, master) in bench.world.masters.enumerated() {
      var seen: [UInt8] = []
      do throws(BusError) { seen = try bench.world.read(crypto.keyRange, as: MasterIndex(UInt8(number))) } catch { seen = [] }
      story.stopped(master.name == "host-cpu" ? "host" : master.name, "read", "the key", "zeros", holds: seen.allSatisfy { $0 == 0 })
    }
    let ordinary = Held(try bench.contiguous.allocate(bytes: 4096)), (engine2, sample) = (crypto, track.samples[0]), source = encrypted.memory
    story.refused(.notRestricted, "trusted-application", "decrypt", "into ordinary memory", to: "crypto") { () throws(HeapError) in
      try engine2.decrypt(sample, with: protection.keyIdentifier, from: source, to: ordinary.memory, at: 0)
    }
    ordinary.close()
  }

  /// Sample by sample: the CPU puts ciphertext into ordinary memory, the engine takes it from there.
  func decrypt() throws {
    story.phase("decrypt")
    let identifier = track.protection?.keyIdentifier ?? []
    var stream = SHA256(), reference = SHA256(), equal = 0, units = 0, silent = 0
    let lengthSize = track.configuration.count > 4 ? Int(track.configuration[4] & 3) + 1 : 4
    try story.step("trusted-application", "decrypt", "\(track.samples.count) samples", to: "crypto") { () throws(HeapError) in
      for (index, sample) in track.samples.enumerated() {
        try bench.write(Array(input.film.bytes(of: sample)), encrypted.memory, as: .hostCPU)
        try crypto.decrypt(sample, with: identifier, from: encrypted.memory, to: clear.memory, at: offsets[index])
      }
    }
    for (index, sample) in track.samples.enumerated() {
      let found = try read(index, as: bench.codec), wanted = try ClearStream.sample(sample, of: input.film, key: input.key)
      if SHA256.hash(data: found) == SHA256.hash(data: wanted) { equal += 1 }
      if ClearStream.isUnits(found, lengthSize: lengthSize) { units += 1 }
      if try read(index, as: .hostCPU).allSatisfy({ $0 == 0 }) { silent += 1 }
      stream.update(data: found)
      reference.update(data: wanted)
      story.bytesMoved += found.count
    }
    let count = track.samples.count
    story.check(equal == count, "codec", "read", "every sample", to: "memory", "\(equal) of \(count) digests are those of the clear stream")
    if track.format == "avc1" {
      story.check(units == count, "codec", "parse", "every sample", "\(units) of \(count) are NAL units from the first byte to the last")
    }
    story.stopped("host", "read", "every sample", "zeros, \(silent) times of \(count)", holds: silent == count)
    story.note("clear samples", "sha256 " + hexadecimal(stream.finalize()))
    story.note("reference", "sha256 " + hexadecimal(reference.finalize()))
  }

  private func read(_ index: Int, as master: MasterIndex) throws(HeapError) -> [UInt8] {
    let window = try bench.world.window(clear.memory, for: master)
    do throws(BusError) { return try bench.world.read(window, at: offsets[index], count: track.samples[index].bytes.count) } catch {
      throw HeapError(.memory, "\(error)")
    }
  }

  /// Who else tries.
  func probe() throws {
    story.phase("intruders")
    for (master, name) in [(MasterIndex.hostCPU, "host"), (bench.gpu, "gpu"), (bench.teller, "teller"), (bench.crypto, "crypto")] {
      let seen = try read(0, as: master)
      story.stopped(name, "read", "sample 1", "zeros", holds: seen.allSatisfy { $0 == 0 })
    }
    let before = try read(0, as: bench.codec)
    try bench.write(Array(repeating: 0x41, count: 64), clear.memory, as: .hostCPU)
    story.stopped("host", "write", "sample 1", "ignored", holds: try read(0, as: bench.codec) == before)
    story.refused(.notOrdinary, "host", "mmap", clear.memory.name) { () throws(HeapError) in _ = try bench.world.mapForCPU(clear.memory) }
    story.refused(.refused(.ruleNotCPU), "kernel", "ask for a rule", "host-cpu may read video", to: "secure-world") { () throws(HeapError) in
      try bench.world.setRule(.read, master: .hostCPU, region: bench.video)
    }
    story.refused(.refused(.ruleIsolation), "kernel", "ask for a rule", "codec may read payment", to: "secure-world") { () throws(HeapError) in
      try bench.world.setRule(.read, master: bench.codec, region: bench.payment)
    }
  }

  /// Decodes, frame by frame into restricted memory, and shows each.
  func decode(_ decoder: any FrameDecoder) throws {
    story.phase("decode")
    let frame = Held(try heap.allocate(bytes: UInt64(frameRoom))), scratch = Held(try heap.allocate(bytes: UInt64(frameRoom)))
    let feedback = Held(try bench.contiguous.allocate(bytes: 4096)), open = Held(try bench.contiguous.allocate(bytes: 4 << 20))
    let ui = Held(try bench.contiguous.allocate(bytes: 4096))
    story.refused(.notRestricted, "codec-driver", "open a session", "output in ordinary memory", to: "codec") { () throws(HeapError) in
      _ = try RestrictedCodec(bench.world, bench.codec, input: clear.memory, output: open.memory, scratch: scratch.memory, feedback: feedback.memory)
    }
    story.check(try bench.nonzero(open.memory.ranges) == 0, "host", "read", "the ordinary output", to: "memory", "nothing was decoded into it")
    let session = try story.step("codec-driver", "open a session", "input, output, scratch restricted; feedback ordinary", to: "codec") {
      () throws(HeapError) in
      try RestrictedCodec(bench.world, bench.codec, input: clear.memory, output: frame.memory, scratch: scratch.memory, feedback: feedback.memory)
    }
    // The overlay: a white bar over the first lines.
    try bench.write(Array(repeating: 235, count: 640), ui.memory, as: .hostCPU)
    let plane = try bench.world.requireOrdinary(ui.memory, as: "the UI plane"), display = Display(bench: bench)

    let samples = try track.samples.indices.map { try read($0, as: bench.codec) }
    var digests: [String] = [], hidden = 0, shown = SHA256(), size = 0
    try decoder.decode(configuration: track.configuration, samples: samples) { picture in
      size = picture.bytes.count
      guard size <= frameRoom else { throw HeapError(.badRequest, "the decoder gives a frame of \(size) bytes, and there is room for \(frameRoom)") }
      try bench.write(picture.bytes, session.output.memory, as: bench.codec)
      let stored = try bench.read(session.output.memory, size, as: bench.codec)
      digests.append(hexadecimal(Insecure.MD5.hash(data: stored)))
      if try bench.read(session.output.memory, size, as: .hostCPU).allSatisfy({ $0 == 0 }) { hidden += 1 }
      let count = UInt64(digests.count)
      try bench.write((0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }, session.feedback.memory, as: bench.codec)
      shown.update(data: try display.compose(session.output.memory, bytes: size, ui: plane, uiBytes: min(640, size), to: .protected))
      story.bytesMoved += size
    }
    story.check(
      !digests.isEmpty, "codec", "decode", "by \(decoder.name)", to: "memory", "\(digests.count) frames of \(size) bytes into restricted memory")
    story.stopped("host", "read", "every frame", "zeros, \(hidden) times of \(digests.count)", holds: hidden == digests.count)
    let told = try bench.read(session.feedback.memory, 8, as: .hostCPU).reversed().reduce(0) { $0 << 8 | Int($1) }
    story.check(told == digests.count, "codec-driver", "read", "the feedback", to: "memory", "the CPU reads how many frames there are")
    if input.frameDigests.isEmpty {
      story.note("frames", "nothing to compare with: no .framemd5 beside the film")
    } else {
      let equal = zip(digests, input.frameDigests).count { $0 == $1 }
      story.check(
        digests == input.frameDigests, "codec", "compare", "every frame",
        "\(equal) of \(input.frameDigests.count) frames have the MD5 of the clear film's")
    }
    story.phase("display")
    story.refused(.unprotectable, "display", "compose", "to an open output", to: "link") { () throws(HeapError) in
      _ = try display.compose(session.output.memory, bytes: size, ui: plane, uiBytes: min(640, size), to: .open)
    }
    story.check(true, "display", "compose", "protected plane and UI", to: "link", "\(digests.count) pictures to the protected output")
    story.note("shown", "sha256 " + hexadecimal(shown.finalize()))
  }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef")
  return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
