/// The bytes of an array for as long as a function runs, whose error keeps its type.
extension [UInt8] {
  mutating func lendMutableBytes<Failure: Error>(_ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    let result: Result<Void, Failure> = withUnsafeMutableBytes { raw in
      do throws(Failure) { return .success(try body(raw)) } catch { return .failure(error) }
    }
    try result.get()
  }

  func lendBytes<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    let result: Result<Void, Failure> = withUnsafeBytes { raw in
      do throws(Failure) { return .success(try body(raw)) } catch { return .failure(error) }
    }
    try result.get()
  }
}
