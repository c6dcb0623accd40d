// swift-tools-version: 6.3
import PackageDescription

/// A package of its own, so that nobody who uses the main one has to fetch the benchmark tool.
/// `swift package benchmark` in this folder runs all of them; each folder beside this file is one target.
let house: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

func benchmarks(of name: String, _ needs: [Target.Dependency]) -> Target {
  .executableTarget(
    name: "\(name)Benchmarks", dependencies: needs + ["Clock", .product(name: "Benchmark", package: "benchmark")],
    path: "\(name)Benchmarks", swiftSettings: house, plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
}

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "cofferdam", path: ".."),
    // Without its traits, which need a library of the system to count allocations.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .target(name: "Clock", path: "Clock", swiftSettings: house),
    benchmarks(of: "Engine", [.product(name: "CofferdamRules", package: "cofferdam")]),
    benchmarks(of: "Model", [.product(name: "CofferdamRules", package: "cofferdam")]),
    benchmarks(of: "Machine", [.product(name: "CofferdamMachine", package: "cofferdam")]),
    // The same work in C, to measure beside.
    .target(name: "RadixTable", path: "RadixTable"),
    .executableTarget(
      name: "BufferFigures",
      dependencies: ["Clock", "RadixTable", .product(name: "CofferdamBuffers", package: "cofferdam")], path: "BufferFigures",
      swiftSettings: house),
    .executableTarget(
      name: "RegionTraces", dependencies: ["Clock", .product(name: "CofferdamHeaps", package: "cofferdam")], path: "RegionTraces",
      swiftSettings: house),
    .executableTarget(
      name: "HeapPairs", dependencies: ["Clock", .product(name: "CofferdamHeaps", package: "cofferdam")], path: "HeapPairs", swiftSettings: house),
    .executableTarget(
      name: "DeviceLoad", dependencies: ["Clock", .product(name: "CofferdamDevices", package: "cofferdam")], path: "DeviceLoad",
      swiftSettings: house),
    .executableTarget(
      name: "SpinTwin", dependencies: ["Clock", .product(name: "CofferdamRules", package: "cofferdam")], path: "SpinTwin", swiftSettings: house),
  ]
)
