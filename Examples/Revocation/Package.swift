// swift-tools-version: 6.3
import PackageDescription

/// The model of the article "Your first model". `swift run` in this folder checks it.
let package = Package(
  name: "revocation",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "cofferdam", path: "../..")],
  targets: [
    .executableTarget(
      name: "Revocation", dependencies: [.product(name: "CofferdamModelling", package: "cofferdam")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
