// swift-tools-version: 6.3
import PackageDescription

/// A decoder for `cofferdam run secure-video --decoder PATH`: H.264 by the system's libavcodec, in a process of its own.
///
/// A package of its own, because it needs a library of the system: `apt-get install libavcodec-dev libavutil-dev` on Debian.
let package = Package(
  name: "SecureVideo",
  targets: [
    .systemLibrary(name: "CAVCodec", pkgConfig: "libavcodec", providers: [.apt(["libavcodec-dev", "libavutil-dev"])]),
    .executableTarget(
      name: "h264-decoder", dependencies: ["CAVCodec"], swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)],
      linkerSettings: [.linkedLibrary("avutil")]),
  ]
)
