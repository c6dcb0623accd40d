import CAVCodec

/// libavcodec's H.264 decoder, with the life of its objects in one place. One thread, so that the same samples give the same frames in the same
/// order.
final class Decoder {
  private var context: UnsafeMutablePointer<AVCodecContext>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private var frame: UnsafeMutablePointer<AVFrame>?

  /// - Parameter configuration: the `avcC` record; libavcodec then takes samples as MP4 has them, with lengths before NAL units.
  init(configuration: [UInt8]) throws(DecoderError) {
    guard let codec = avcodec_find_decoder(AV_CODEC_ID_H264), let context = avcodec_alloc_context3(codec) else {
      throw DecoderError("this libavcodec has no decoder for H.264")
    }
    self.context = context
    (packet, frame) = (av_packet_alloc(), av_frame_alloc())
    // The context frees it; behind its end lie zeros, as the bit reader wants.
    guard let extra = av_mallocz(configuration.count + Int(COFFERDAM_INPUT_PADDING)), packet != nil, frame != nil else {
      throw DecoderError("no memory")
    }
    extra.copyMemory(from: configuration, byteCount: configuration.count)
    context.pointee.extradata = extra.assumingMemoryBound(to: UInt8.self)
    context.pointee.extradata_size = Int32(configuration.count)
    context.pointee.thread_count = 1
    guard avcodec_open2(context, codec, nil) >= 0 else { throw DecoderError("the configuration record is none") }
  }

  deinit {
    av_frame_free(&frame)
    av_packet_free(&packet)
    avcodec_free_context(&context)
  }

  /// Takes a sample, or the end with nil, and hands over every frame that is ready, in order of presentation.
  func decode(_ sample: [UInt8]?, _ take: (Int, Int, [UInt8]) throws(DecoderError) -> Void) throws(DecoderError) {
    guard let context, let packet, let frame else { return }
    if let sample {
      guard av_new_packet(packet, Int32(sample.count)) >= 0 else { throw DecoderError("no memory") }
      packet.pointee.data.update(from: sample, count: sample.count)
    }
    let status = avcodec_send_packet(context, sample == nil ? nil : packet)
    av_packet_unref(packet)
    guard status >= 0 else { throw DecoderError("a sample is not H.264: error \(status)") }
    while true {
      let status = avcodec_receive_frame(context, frame)
      if status == COFFERDAM_AVERROR_EAGAIN || status == COFFERDAM_AVERROR_EOF { return }
      guard status >= 0 else { throw DecoderError("a frame cannot be decoded: error \(status)") }
      try take(Int(frame.pointee.width), Int(frame.pointee.height), planes(frame))
      av_frame_unref(frame)
    }
  }

  /// The planes of a picture without the gaps that decoders leave at the ends of lines.
  private func planes(_ frame: UnsafeMutablePointer<AVFrame>) throws(DecoderError) -> [UInt8] {
    let format = AVPixelFormat(frame.pointee.format), (width, height) = (frame.pointee.width, frame.pointee.height)
    let size = av_image_get_buffer_size(format, width, height, 1)
    guard size > 0 else { throw DecoderError("no such picture: format \(frame.pointee.format)") }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    let lines = frame.pointee.linesize, data = frame.pointee.data
    let status = withUnsafePointer(to: data) { data in
      withUnsafePointer(to: lines) { lines in
        data.withMemoryRebound(to: UnsafePointer<UInt8>?.self, capacity: 8) { planes in
          lines.withMemoryRebound(to: Int32.self, capacity: 8) { lines in
            bytes.withUnsafeMutableBufferPointer { av_image_copy_to_buffer($0.baseAddress, size, planes, lines, format, width, height, 1) }
          }
        }
      }
    }
    guard status == size else { throw DecoderError("the picture cannot be copied") }
    return bytes
  }
}
