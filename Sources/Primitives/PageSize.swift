/// The page sizes that the tables of this machine know.
public enum PageSize: UInt8, CaseIterable, Hashable, BitwiseCopyable, Sendable {
  case small = 12
  case large = 21
  case huge = 30

  @inlinable public var bytes: UInt64 { 1 << UInt64(rawValue) }
}
