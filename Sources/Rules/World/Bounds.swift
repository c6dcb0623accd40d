/// How large a world is. The same number of everything for each run and each exploration that is compared.
public struct Bounds: Hashable, BitwiseCopyable, Sendable {
  public var devices: UInt8
  /// BAR pages of each device that take part, TEE and non-TEE together.
  public var pages: UInt8
  /// Importers of buffers; importer `i` imports the buffer of device `i % devices`.
  public var importers: UInt8
  /// Units of guest memory.
  public var memory: UInt8

  public init(devices: UInt8 = 1, pages: UInt8 = 1, importers: UInt8 = 1, memory: UInt8 = 1) {
    (self.devices, self.pages, self.importers, self.memory) = (devices, pages, importers, memory)
  }

  /// The kernel tasks that can be inside procedures at once.
  @inlinable @inline(__always) public static var tasks: UInt8 { 2 }
  /// What the packed layout has room for.
  public static let packedLimit = Bounds(devices: 2, pages: 4, importers: 4, memory: 2)
  /// What a machine may have: indices are bytes, and page masks are 64 bits wide.
  public static let machineLimit = Bounds(devices: 8, pages: 64, importers: 16, memory: 64)

  public func fits(in limit: Bounds) -> Bool {
    devices <= limit.devices && pages <= limit.pages && importers <= limit.importers && memory <= limit.memory
  }

  @inlinable public func count(along axis: Axis) -> Int {
    switch axis {
    case .world: 1
    case .memory: Int(memory)
    case .task: Int(Self.tasks)
    case .importer: Int(importers)
    case .device: Int(devices)
    case .page: Int(devices) * Int(pages)
    }
  }
}
