/// What restricted memory is for. Memory of one use is closed to the masters of another.
///
/// The first three have the numbers of OP-TEE's interface (`enum tee_dma_heap_id` of Linux 6.18, `OPTEE_PROTMEM_...`). Others are the
/// integrator's: payment is the example of two heaps that must not see each other.
public enum UseCase: UInt8, CaseIterable, Hashable, BitwiseCopyable, Sendable {
  case secureVideo = 1
  case trustedUI = 2
  case secureVideoRecord = 3
  case payment = 4
  /// Content keys: no master has a rule, the secure world itself reads them.
  case keys = 5
  /// Memory that firmware keeps for itself, or has left to another processor.
  case firmware = 6

  /// The part of a heap's name behind the comma.
  public var word: String {
    switch self {
    case .secureVideo: "secure-video"
    case .trustedUI: "trusted-ui"
    case .secureVideoRecord: "secure-video-record"
    case .payment: "payment"
    case .keys: "keys"
    case .firmware: "firmware"
    }
  }

  /// As Linux 6.18 calls the heap.
  public var heapName: String { "protected," + word }
  /// As the first versions of the series called it, and tests that were written against them.
  public var formerHeapName: String { "restricted," + word }
}
