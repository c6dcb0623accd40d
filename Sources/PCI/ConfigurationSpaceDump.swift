import Documents
import Primitives

/// A function as `lspci -vvvxxxx` showed it: its bytes, what they mean, and everything that is wrong.
///
/// The text above the bytes was decoded from the same bytes, so where the two differ somebody edited the file, and it
/// cannot be trusted as a device. A dump gives BAR sizes only where the kernel knew them; the machine file may add them.
public struct ConfigurationSpaceDump: Sendable {
  public let file: String
  /// As in the header line, `0000:e1:00.0`.
  public let name: String
  public let address: RequesterID
  /// The header line behind the address.
  public let title: String
  public let space: ConfigurationSpace
  public let capabilities: CapabilityWalk
  /// In index order, with sizes where known.
  public let bars: [BaseAddressRegister]
  /// In the order of the file's lines where they have one.
  public let problems: [DumpProblem]

  /// Reads one function out of a text: the one at `address`, or the only one.
  ///
  /// - Parameter sizes: BAR sizes in bytes by index, as the machine file gives them.
  /// - Throws: only when no function can be chosen. What is wrong with the chosen one is in `problems`.
  public init(text: String, file: String, address: RequesterID? = nil, sizes: [Int: UInt64] = [:]) throws(DocumentError) {
    let functions = DumpText(text).functions
    let function = try Self.choose(functions, address, file: file)
    let facts = DumpFacts(function)
    let read = DumpBytes(function, file: file)
    (self.file, name, self.address, title) = (file, function.name, function.address, String(function.title.prefix(200)))
    let space = ConfigurationSpace(bytes: read.bytes)
    self.space = space

    var allSizes = sizes
    for region in facts.regions { if let size = region.size?.bytes, allSizes[region.index] == nil { allSizes[region.index] = size } }
    let isReadable = !read.problems.contains { $0.severity == .error }
    guard isReadable else {
      (capabilities, bars, problems) = (CapabilityWalk(ConfigurationSpace()), [], read.problems)
      return
    }
    let walk = CapabilityWalk(space)
    // A resizable BAR says its size itself.
    let resizable = walk[.resizableBAR].map { ResizableBARs($0, in: space).windows } ?? []
    for window in resizable where allSizes[window.bar] == nil { allSizes[window.bar] = window.size }
    capabilities = walk
    bars = BaseAddressRegister.decode(space, sizes: allSizes)
    var check = DumpCheck(file: file, function: function, bytes: read, facts: facts, space: space)
    check.lists(walk)
    check.header()
    check.registers()
    check.regions(bars, given: sizes, all: allSizes)
    check.capabilities(walk)
    if let capability = walk[.msix] { check.messages(capability, bars) }
    check.confidential(walk, first: Self.firstFunction(beside: function, among: functions, file: file))
    problems = read.problems + check.problems
  }

  /// Reads a file; `lspci` of a whole machine may have megabytes.
  public init(contentsOf path: String, address: RequesterID? = nil, sizes: [Int: UInt64] = [:]) throws(DocumentError) {
    try self.init(text: try TextFile.text(at: path, limit: Self.fileLimit), file: path, address: address, sizes: sizes)
  }
  public static let fileLimit = 64 << 20

  /// The dump, or the first thing that makes it unusable.
  public func checked() throws(DocumentError) -> Self {
    if let problem = problems.first(where: { $0.severity == .error }) { throw problem.error }
    return self
  }

  /// Its MSI-X capability, where it has one.
  public var msix: MSIX? { capabilities[.msix].map { MSIX($0, in: space) } }

  /// The dump, or why the copy engine cannot stand behind its first memory BAR that is assigned.
  public func checkedForEngine() throws(DocumentError) -> Self {
    let bar = bars.first { $0.isMemory && $0.isAssigned }?.index
    if let bar, let reason = CopyEnginePage.collision(bar: bar, msix: msix) {
      throw DocumentError(
        .contradiction, at: Position(file: file), reason, expected: "a table behind the first two pages of BAR\(bar), or in another BAR")
    }
    return self
  }

  /// The dump, or all that the function lacks to be assigned confidentially.
  public func checkedForConfidentialUse() throws(DocumentError) -> Self {
    let missing = try checked().problems.filter { $0.code == .notConfidential }
    guard let first = missing.first else { return self }
    throw DocumentError(
      .contradiction, at: first.position, "\(name) cannot be a confidential device: " + missing.map(\.message).joined(separator: "; "),
      expected: missing.map(\.expectation).joined(separator: "; "))
  }

  /// Function 0 of the device of which `function` is another.
  private static func firstFunction(
    beside function: DumpText.Function, among functions: [DumpText.Function], file: String
  ) -> ConfigurationSpace? {
    let id = function.address
    guard id.function != 0, let zero = RequesterID(bus: id.bus, device: id.device, function: 0),
      let found = functions.first(where: { $0.address == zero && $0.segment == function.segment })
    else { return nil }
    return ConfigurationSpace(bytes: DumpBytes(found, file: file).bytes)
  }

  private static func choose(
    _ functions: [DumpText.Function], _ address: RequesterID?, file: String
  ) throws(DocumentError) -> DumpText.Function {
    guard let first = functions.first else {
      throw DocumentError(
        .syntax, at: Position(file: file), "no PCI function in this text",
        expected: "the output of lspci -vvvxxxx, as '01:00.0 Class 1200: ...'")
    }
    let names = functions.prefix(8).map(\.name).joined(separator: ", ") + (functions.count > 8 ? ", ..." : "")
    guard let address else {
      if functions.count == 1 { return first }
      throw DocumentError(
        .contradiction, at: Position(file: file, line: functions[1].header.number),
        "the dump holds \(functions.count) functions and none was chosen", expected: "an address, one of: \(names)")
    }
    let matches = functions.filter { $0.address == address }
    guard let match = matches.first else {
      throw DocumentError(
        .missingKey, at: Position(file: file), "no function \(address) in this dump", expected: "one of: \(names)")
    }
    if matches.count > 1 {
      throw DocumentError(
        .duplicateKey, at: Position(file: file, line: matches[1].header.number), "the function \(address) comes a second time")
    }
    return match
  }

  /// Every function that a text holds, in order.
  public static func addresses(in text: String) -> [RequesterID] { DumpText(text).functions.map(\.address) }
}
