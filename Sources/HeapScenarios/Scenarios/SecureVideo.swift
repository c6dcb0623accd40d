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
    guard request.decoder == nil || track.format.hasPrefix("avc") else {
      throw HeapError(.badRequest, "the pictures of \(input.name) are '\(track.format)', and a decoder is given H.264 ('avc1', 'avc3')")
    }
    var player = try SecurePlayer(story, request, input, track, protection)
    try player.provision()
    try player.decryptPictures()
    try player.decryptSound()
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
  private let encrypted: Held
  private let pictures: TrackBuffer
  /// Nil where the film has no sound, or it is clear, or there is no key to it.
  private let sound: TrackBuffer?
  /// In bytes, for one decoded frame.
  private let frameRoom: Int
  static let mostFrameBytes = 1 << 28

  init(
    _ story: HeapStory, _ request: HeapRequest, _ input: FilmInput, _ track: Track, _ protection: TrackProtection
  ) throws(HeapError) {
    (self.story, self.request, self.input, self.track) = (story, request, input, track)
    if let missing = input.missingKey(track) {
      throw HeapError(.badRequest, "no key for \(hexadecimal(missing)), which pictures need, or more than \(FilmInput.mostKeys / 2) keys")
    }
    var tracks = [(track, protection, input.keys(track))]
    for other in input.film.tracks where other.isSound && tracks.count == 1 {
      guard let protection = other.protection, !other.samples.isEmpty else { continue }
      if let missing = input.missingKey(other) {
        story.note("sound", "left as it is: no key for \(hexadecimal(missing))")
      } else {
        tracks.append((other, protection, input.keys(other)))
      }
    }
    let samples = tracks.flatMap(\.0.samples), largest = samples.map(\.bytes.count).max() ?? 0
    let total = tracks.reduce(0) { $0 + TrackBuffer.room(of: $1.0) + 4096 }
    // Any planar format of up to 16 bits, without less chroma than luma.
    frameRoom = track.width * track.height * 6
    guard largest > 0, largest <= 16 << 20, total <= 1 << 30, !track.samples.isEmpty, frameRoom > 0, frameRoom <= Self.mostFrameBytes else {
      throw HeapError(
        .exhausted,
        "a film of \(track.width)x\(track.height), with \(track.samples.count) samples of up to \(largest) bytes, is nothing for this machine")
    }
    let pool = (UInt64(total + 2 * frameRoom) >> 20) + 2
    if let board = request.board {
      let machine = try BoardMachine(board, law: RestrictedLaw(dropping: request.faults.flatMap(\.drops)))
      // Beside the pool: ciphertext, feedback, an ordinary frame, the UI.
      heap = try machine.filmHeap(lending: (pool + 32) << 20)
      bench = try HeapBench(machine, request.faults, contiguous: UInt64(largest) + (request.decoder == nil ? 1 << 20 : 5 << 20))
      story.note("heap", "\(heap.name), \(heap.backEnd.word)")
      bench.introduce([("crypto", bench.crypto), ("codec", bench.codec), ("display", bench.display)], in: story)
    } else {
      bench = try HeapBench(request.faults, videoMegabytes: pool)
      heap = try bench.carveOut(bench.video, at: 128, pool)
      try bench.registry.register(heap)
    }
    crypto = try CryptoMaster(bench)
    encrypted = Held(try bench.contiguous.allocate(bytes: UInt64(largest)))
    pictures = try TrackBuffer(track, protection, tracks[0].2, heap)
    sound = tracks.count > 1 ? try TrackBuffer(tracks[1].0, tracks[1].1, tracks[1].2, heap) : nil
    let mode = protection.pattern.skip == 0 ? "" : ", \(protection.pattern.crypt) blocks of \(protection.pattern.crypt + protection.pattern.skip)"
    story.note(
      "film",
      "\(input.name): \(track.width)x\(track.height) \(track.format), \(track.samples.count) samples, scheme \(protection.scheme)\(mode)"
        + (pictures.keys.count > 1 ? ", \(pictures.keys.count) keys" : "")
        + (sound.map { "; sound \($0.track.format), \($0.track.samples.count) samples, scheme \($0.protection.scheme)" } ?? ""))
  }

  mutating func provision() throws {
    story.phase("provision")
    var engine = crypto
    let soundKeys = (sound?.keys ?? []).filter { key in !pictures.keys.contains { $0.identifier == key.identifier } }
    for key in pictures.keys + soundKeys {
      try story.step("trusted-application", "load key", "identifier \(hexadecimal(key.identifier.prefix(4)))…", to: "crypto") {
        () throws(HeapError) in try engine.load(key)
      }
    }
    crypto = engine
    for (number, master) in bench.world.masters.enumerated() {
      var seen: [UInt8] = []
      do throws(BusError) { seen = try bench.world.read(crypto.keyRange, as: MasterIndex(UInt8(number))) } catch { seen = [] }
      story.stopped(master.name == "host-cpu" ? "host" : master.name, "read", "the key", "zeros", holds: seen.allSatisfy { $0 == 0 })
    }
    let ordinary = Held(try bench.contiguous.allocate(bytes: 4096)), (engine2, sample) = (crypto, track.samples[0]), source = encrypted.memory
    story.refused(.notRestricted, "trusted-application", "decrypt", "into ordinary memory", to: "crypto") { () throws(HeapError) in
      try engine2.decrypt(sample, from: source, to: ordinary.memory, at: 0)
    }
    ordinary.close()
  }

  func decryptPictures() throws {
    story.phase("decrypt")
    let lengthSize = track.configuration.count > 4 ? Int(track.configuration[4] & 3) + 1 : 4
    var units = 0
    let digests = try decrypt(pictures, "") { if ClearStream.isUnits($0, lengthSize: lengthSize) { units += 1 } }
    if track.format == "avc1" {
      let count = track.samples.count
      story.check(units == count, "codec", "parse", "every sample", "\(units) of \(count) are NAL units from the first byte to the last")
    }
    story.note("clear samples", "sha256 " + digests.found)
    story.note("reference", "sha256 " + digests.wanted)
  }

  func decryptSound() throws {
    guard let sound else { return }
    story.phase("decrypt the sound")
    let digests = try decrypt(sound, " of sound") { _ in }
    story.note("clear sound", "sha256 " + digests.found)
    story.note("sound reference", "sha256 " + digests.wanted)
  }

  /// Sample by sample: the CPU puts ciphertext into ordinary memory, the engine takes it from there.
  private func decrypt(_ buffer: TrackBuffer, _ kind: String, each: ([UInt8]) -> Void) throws -> (found: String, wanted: String) {
    var stream = SHA256(), reference = SHA256(), equal = 0, silent = 0
    let count = buffer.track.samples.count
    try story.step("trusted-application", "decrypt", "\(count) samples\(kind)", to: "crypto") { () throws(HeapError) in
      for (index, sample) in buffer.track.samples.enumerated() where !sample.bytes.isEmpty {
        try bench.write(Array(input.film.bytes(of: sample)), encrypted.memory, as: .hostCPU)
        try crypto.decrypt(sample, from: encrypted.memory, to: buffer.held.memory, at: buffer.offsets[index])
      }
    }
    for (index, sample) in buffer.track.samples.enumerated() {
      let found = try read(index, of: buffer, as: bench.codec)
      let wanted = try ClearStream.sample(sample, of: input.film, keys: buffer.keys)
      if SHA256.hash(data: found) == SHA256.hash(data: wanted) { equal += 1 }
      each(found)
      if try read(index, of: buffer, as: .hostCPU).allSatisfy({ $0 == 0 }) { silent += 1 }
      stream.update(data: found)
      reference.update(data: wanted)
      story.bytesMoved += found.count
    }
    story.check(
      equal == count, "codec", "read", "every sample\(kind)", to: "memory", "\(equal) of \(count) digests are those of the clear stream")
    story.stopped("host", "read", "every sample\(kind)", "zeros, \(silent) times of \(count)", holds: silent == count)
    return (hexadecimal(stream.finalize()), hexadecimal(reference.finalize()))
  }

  private func read(_ index: Int, of buffer: TrackBuffer, as master: MasterIndex) throws(HeapError) -> [UInt8] {
    try bench.windows.read(
      bench.world, buffer.held.memory, at: buffer.offsets[index], count: buffer.track.samples[index].bytes.count, as: master)
  }
  private func read(_ index: Int, as master: MasterIndex) throws(HeapError) -> [UInt8] { try read(index, of: pictures, as: master) }

  /// Who else tries.
  func probe() throws {
    story.phase("intruders")
    for master in [MasterIndex.hostCPU, bench.gpu, bench.teller, bench.crypto] {
      let seen = try read(0, as: master)
      story.stopped(master == .hostCPU ? "host" : bench.world.name(of: master), "read", "sample 1", "zeros", holds: seen.allSatisfy { $0 == 0 })
    }
    let before = try read(0, as: bench.codec)
    try bench.write(Array(repeating: 0x41, count: 64), pictures.held.memory, as: .hostCPU)
    story.stopped("host", "write", "sample 1", "ignored", holds: try read(0, as: bench.codec) == before)
    story.refused(.notOrdinary, "host", "mmap", pictures.held.memory.name) { () throws(HeapError) in
      _ = try bench.world.mapForCPU(pictures.held.memory)
    }
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
      _ = try RestrictedCodec(
        bench.world, bench.codec, input: pictures.held.memory, output: open.memory, scratch: scratch.memory, feedback: feedback.memory)
    }
    story.check(try bench.nonzero(open.memory.ranges) == 0, "host", "read", "the ordinary output", to: "memory", "nothing was decoded into it")
    let session = try story.step("codec-driver", "open a session", "input, output, scratch restricted; feedback ordinary", to: "codec") {
      () throws(HeapError) in
      try RestrictedCodec(
        bench.world, bench.codec, input: pictures.held.memory, output: frame.memory, scratch: scratch.memory, feedback: feedback.memory)
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
