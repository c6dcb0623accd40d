import Foundation

// Reads the configuration and samples from standard input, and writes frames to standard output. It opens nothing else.
do {
  let pipes = Pipes()
  guard let configuration = try pipes.next() else { throw DecoderError("no configuration") }
  let decoder = try Decoder(configuration: configuration)
  let take = { (width: Int, height: Int, planes: [UInt8]) throws(DecoderError) in try pipes.write(width: width, height: height, planes) }
  while let sample = try pipes.next() { try decoder.decode(sample, take) }
  try decoder.decode(nil, take)
} catch {
  FileHandle.standardError.write(Data("h264-decoder: \(error)\n".utf8))
  exit(1)
}
