// swift-tools-version: 6.3
import PackageDescription

/// libFuzzer on everything that reads what a peer sent: messages of SPDM, IDE_KM and TDISP, DOE objects, frames, reports, and a whole
/// responder. README.md says how it is built and run.
///
/// A package of its own, because every room below it has to be compiled with the fuzzer's instruments.
let package = Package(
  name: "DecoderFuzz",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "cofferdam", path: "../..")],
  targets: [
    .target(name: "FuzzerEntry"),
    .executableTarget(
      name: "DecoderFuzz", dependencies: ["FuzzerEntry", .product(name: "CofferdamDevices", package: "cofferdam")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
  ]
)
