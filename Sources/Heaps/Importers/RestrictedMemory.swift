import Primitives
import Restriction

/// Memory that was found to be restricted, for this use, by the books that enforce it. There is no other way to have a value of this type
/// than to have asked, so what takes one cannot be handed anything else.
///
/// A heap's name and a buffer's word are claims; a heap may be misconfigured. What is asked is therefore the firewall itself: every page in
/// a region of that use, and the CPU out of it. Source: the restricted-memory thread of 2025, where nothing tells a driver what it was given
/// and the platform hangs as it enters protected mode.
public struct RestrictedMemory: Hashable, Sendable {
  public let memory: HeapMemory
  public let useCase: UseCase

  init(_ memory: HeapMemory, _ useCase: UseCase) { (self.memory, self.useCase) = (memory, useCase) }
}

/// Memory that was found to be open to the CPU: what a feedback buffer, a ring or an ordinary plane needs.
public struct OrdinaryMemory: Hashable, Sendable {
  public let memory: HeapMemory
  init(_ memory: HeapMemory) { self.memory = memory }
}

extension SecureWorld {
  /// Finds memory to be restricted for a use, or says what it is instead.
  /// - Parameter purpose: what the importer wants it for, for the message: "the protected firmware section of gpu".
  /// - Throws: `.notRestricted`, with buffer and heap in its reason.
  public func requireRestricted(_ memory: HeapMemory, for useCase: UseCase, as purpose: String) throws(HeapError) -> RestrictedMemory {
    let place = "\(memory.name) of heap '\(memory.heap)'"
    switch memory.protection {
    case .restricted(useCase): break
    case .restricted(let other): throw HeapError(.notRestricted, "\(purpose) needs \(useCase.word) memory, and \(place) is \(other.word) memory")
    case .ordinary, .decrypted: throw HeapError(.notRestricted, "\(purpose) needs restricted memory, and \(place) is ordinary")
    }
    for range in memory.ranges {
      let pages = try pages(of: range)
      var page = pages.lowerBound
      while page < pages.upperBound {
        guard case .region(let region) = books[coverage: page], books.useCase(of: region) == useCase,
          case .handedOut(region) = books[page: page], !books.decide(.read, page: page, by: .hostCPU).isAccepted
        else {
          throw HeapError(
            .notRestricted, "\(purpose) needs restricted memory; \(place) says that it is, and the firewall leaves it open at \(range.start)")
        }
        page = books.endOfAlike(from: page, to: pages.upperBound)
      }
    }
    return RestrictedMemory(memory, useCase)
  }

  /// Finds memory to be the CPU's.
  /// - Throws: `.notOrdinary`.
  public func requireOrdinary(_ memory: HeapMemory, as purpose: String) throws(HeapError) -> OrdinaryMemory {
    for range in memory.ranges {
      let pages = try pages(of: range)
      var page = pages.lowerBound
      while page < pages.upperBound {
        guard books[coverage: page] == .open else {
          throw HeapError(.notOrdinary, "\(purpose) is written by the CPU, and \(memory.name) of heap '\(memory.heap)' is restricted")
        }
        page = books.endOfAlike(from: page, to: pages.upperBound)
      }
    }
    return OrdinaryMemory(memory)
  }

  /// Maps a buffer for the CPU: user space, or the kernel's own address space. Restricted memory never is.
  /// - Throws: `.notOrdinary`. (TEE heaps have neither mmap nor vmap: tee_heap.c of Linux 6.18.)
  public func mapForCPU(_ memory: HeapMemory) throws(HeapError) -> OrdinaryMemory {
    try requireOrdinary(memory, as: "a mapping of the host CPU")
  }
}
