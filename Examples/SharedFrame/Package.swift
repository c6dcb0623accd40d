// swift-tools-version: 6.3
import PackageDescription

/// The program of the article "Your first buffer". `swift run` in this folder runs it.
let package = Package(
  name: "shared-frame",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "cofferdam", path: "../..")],
  targets: [
    .executableTarget(
      name: "SharedFrame", dependencies: [.product(name: "CofferdamBuffers", package: "cofferdam")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
