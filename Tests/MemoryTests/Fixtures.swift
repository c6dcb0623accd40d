import Memory
import Primitives
import Testing

typealias HPA = HostPhysicalAddress
typealias GPA = GuestPhysicalAddress
typealias IOVA = IOVirtualAddress

let pageBytes = PageSize.small.bytes
let largeBytes = PageSize.large.bytes

/// In the space that the context asks for.
func range<Space: Address>(_ start: UInt64, _ length: UInt64) throws -> AddressRange<Space> {
  try #require(AddressRange(start: Space(start), length: length))
}

func range<Space: Address>(_ start: UInt64, _ length: UInt64, in space: Space.Type) throws -> AddressRange<Space> {
  try #require(AddressRange(start: Space(start), length: length))
}

/// One bank from zero; 4 GiB cost nothing.
func someMemory(_ length: UInt64 = 4 << 30) throws -> PhysicalMemory {
  try PhysicalMemory(banks: [try #require(PhysicalMemory.Bank(start: HPA(0), length: length))])
}

let alice = KeyID(rawValue: 1)
let bob = KeyID(rawValue: 2)

/// A controller with two keys.
func someEncryption(_ policy: EncryptionPolicy = .tdx) throws -> MemoryEncryption {
  let encryption = MemoryEncryption(memory: try someMemory(), policy: policy)
  var random = SeededRandom(seed: 7)
  try encryption.generateKey(alice, using: &random)
  try encryption.generateKey(bob, using: &random)
  return encryption
}

/// Text of the wanted length that no cipher produces by chance.
func plaintext(_ count: Int) -> [UInt8] {
  let phrase = Array("the secret of the guest. ".utf8)
  return (0..<count).map { phrase[$0 % phrase.count] }
}

func bytes(_ value: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: value, count: count) }

/// The code of the error that `body` throws; nil when it throws none.
func refusal(_ body: () throws(MemoryError) -> Void) -> MemoryError.Code? {
  do throws(MemoryError) { try body() } catch { return error.code }
  return nil
}
