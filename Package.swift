// swift-tools-version: 6.3
import PackageDescription

/// Every room is built the same way: language mode 6, and a warning is an error.
let house: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

func room(_ name: String, _ needs: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
  .target(name: name, dependencies: needs, resources: resources, swiftSettings: house)
}

func tests(of name: String, _ needs: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name)] + needs, resources: resources, swiftSettings: house)
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "cofferdam",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "cofferdam", targets: ["cofferdam"]),
    .library(name: "CofferdamRules", targets: ["Rules", "Procedures", "Models", "Exploration"]),
    .library(name: "CofferdamModelling", targets: ["Modelling", "Exploration"]),
    .library(name: "CofferdamMachine", targets: ["Machine", "Scenarios", "Memory", "PCI", "TEE", "Primitives", "Rules", "Procedures"]),
    .library(name: "CofferdamDevices", targets: ["Devices", "SPDM", "PCI", "Rules", "Documents", "Primitives"]),
    .library(name: "CofferdamHeaps", targets: ["Heaps", "DeviceTrees", "Memory", "Primitives", "Restriction"]),
    .library(name: "CofferdamBuffers", targets: ["Buffers", "Sharing", "Memory", "Primitives"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    // A command alone, `swift package generate-documentation`: no target depends on it, and no build compiles it.
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    // Floor 0: no domain word in Exploration, no logic in CLinux.
    .target(name: "CLinux"),
    room("Primitives"),
    room("Exploration", ["CLinux", "Primitives"]),
    // Floor 1
    room("Modelling", ["Primitives", "Exploration"]),
    room("Documents", ["Primitives", yams]),
    room("Rules", ["Primitives"]),
    room("DeviceTrees", ["Primitives"]),
    room("Restriction", ["Primitives"]),
    room("Sharing", ["Primitives"]),
    room("Media", ["Primitives"]),
    room("SPDM", ["Primitives", crypto, certificates, asn1]),
    // Floor 2
    room("BufferModels", ["Modelling", "Sharing"]),
    room("Procedures", ["Primitives", "Rules", "Documents"], resources: [.copy("BuiltIn")]),
    room("Memory", ["CLinux", "Primitives", crypto, cryptoExtras]),
    // Floor 3
    room("PCI", ["Primitives", "Documents", crypto], resources: [.copy("BuiltIn")]),
    room("Heaps", ["CLinux", "Primitives", "DeviceTrees", "Memory", "Restriction"]),
    room("Buffers", ["CLinux", "Primitives", "Memory", "Sharing"]),
    // Floor 4: a device that speaks for itself, and those who ask it.
    room("Devices", ["CLinux", "Primitives", "Documents", "Rules", "PCI", "SPDM", crypto]),
    // Floor 4 and 5: the roles. They perform what the rules allowed.
    room("TEE", ["Primitives", "Rules", "Memory", "PCI", "SPDM", crypto]),
    room("Host", ["Primitives", "Rules", "Memory", "PCI", "TEE"]),
    // Floor 6
    room(
      "Machine", ["Primitives", "Rules", "Procedures", "Documents", "Memory", "PCI", "SPDM", "Devices", "TEE", "Host", crypto],
      resources: [.copy("BuiltIn")]),
    room("Charts", ["Primitives"], resources: [.copy("Page")]),
    // Floor 7
    room("HeapScenarios", ["Buffers", "Heaps", "HeapModels", "Media", "Memory", "Restriction", "Primitives", "Charts", crypto, cryptoExtras]),
    room("HeapModels", ["Restriction", "Modelling", "Primitives"]),
    room("DeviceModels", ["SPDM", "Rules", "Modelling", "Primitives"]),
    room("Models", ["CLinux", "Primitives", "Rules", "Procedures", "Exploration"]),
    room(
      "Scenarios", ["Machine", "Charts", "Documents", "Procedures", "Rules", "Memory", "PCI", "TEE", "Host", "Primitives", crypto],
      resources: [.copy("BuiltIn")]),
    room("BufferStories", ["Buffers", "CLinux", "Primitives"]),
    // Floor 8
    .executableTarget(
      name: "cofferdam",
      dependencies: [
        "Scenarios", "Models", "Machine", "Charts", "Devices", "SPDM", "PCI", "Documents", "Exploration", "HeapModels", "HeapScenarios", "Heaps",
        "Media", "Modelling", "Restriction", "DeviceTrees", "Primitives", "Procedures",
        "Rules", "Sharing", "BufferModels", "BufferStories", "Buffers", "DeviceModels", argumentParser,
      ], swiftSettings: house),

    // What the tests of two rooms make their inputs with.
    .target(name: "TreeBuilding", path: "Tests/TreeBuilding", swiftSettings: house),
    .target(name: "FilmWriting", path: "Tests/FilmWriting", swiftSettings: house),
    // The stress of Buffers, a program of its own: a sanitizer builds what it needs and no more.
    .executableTarget(name: "BufferStress", dependencies: ["Buffers", "Primitives"], path: "Tests/BufferStress", swiftSettings: house),

    tests(of: "Primitives"),
    tests(of: "Exploration"),
    tests(of: "Modelling", ["Primitives", "Exploration"]),
    tests(of: "Documents", ["Primitives"]),
    tests(of: "Rules", ["Models", "Procedures", "Primitives"]),
    tests(of: "Procedures", ["Rules", "Documents", "Primitives"]),
    tests(of: "Memory", ["Primitives"]),
    tests(of: "PCI", ["Primitives", "Documents", crypto]),
    tests(of: "DeviceTrees", ["Primitives", "TreeBuilding"]),
    tests(of: "SPDM", ["Primitives", crypto, certificates, asn1]),
    tests(of: "Devices", ["SPDM", "PCI", "Rules", "Documents", "Primitives", crypto]),
    tests(of: "Restriction", ["Primitives"]),
    tests(of: "Sharing"),
    tests(of: "Media", ["FilmWriting", "Primitives"]),
    tests(of: "Heaps", ["DeviceTrees", "Memory", "Primitives", "Restriction", "TreeBuilding"]),
    tests(of: "BufferModels", ["Modelling", "Sharing"]),
    tests(of: "Buffers", ["BufferStress", "CLinux", "Memory", "Primitives", "Sharing"]),
    tests(of: "Machine", ["Rules", "Procedures", "Memory", "PCI", "SPDM", "TEE", "Host", "Documents", "Primitives", crypto]),
    tests(of: "Charts", ["Primitives"]),
    tests(
      of: "HeapScenarios",
      ["DeviceTrees", "FilmWriting", "HeapModels", "Heaps", "Media", "Restriction", "Primitives", "TreeBuilding", crypto, cryptoExtras]),
    tests(of: "HeapModels", ["Restriction", "Modelling", "Primitives"]),
    tests(of: "DeviceModels", ["SPDM", "Rules", "Modelling", "Primitives"]),
    tests(of: "Models", ["Rules", "Procedures", "Exploration", "Primitives"]),
    tests(
      of: "Scenarios",
      ["Models", "Machine", "Memory", "PCI", "TEE", "Host", "Rules", "Procedures", "Documents", "Exploration", "Charts", "Primitives", crypto]),
    tests(of: "cofferdam", ["BufferModels", "DeviceModels", "HeapModels", "Procedures", "Restriction", "Rules", "Sharing", "SPDM", "TreeBuilding"]),
  ]
)
