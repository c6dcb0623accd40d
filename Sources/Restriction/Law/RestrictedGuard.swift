import Primitives

/// Every reason for which the secure world says no. One name gives the code, the source, the switch and the citation.
public enum RestrictedGuard: UInt8, NamedGuard, BitwiseCopyable {
  // The firewall.
  case ruleSecureWorld, ruleNotCPU, ruleIsolation, accessRule, closeSecureWorld, openScrubbed, openSecureWorld, openNotLent
  // Loans.
  case lendAligned, lendMinimum, lendOrdinary, lendUnregistered, lendCookie, lendRoom
  case assignCookie, assignOnce, releaseCookie, releaseAssigned, releaseLastReference, releaseScrubbed, reclaimCookie, reclaimReleased
  // Pages.
  case handOutFree, handOutScrubbed, handOutCovered, takeBackHandedOut, takeBackLastReference, scrubGivenBack, scrubPermitted, scrubBegun
}

extension RestrictedGuard {
  /// The guards that can be switched off. That the books have an end is no law, and nothing could be done without it.
  public static let laws = allCases.filter { $0 != .lendRoom }
}

extension RestrictedGuard {
  public var entry: GuardEntry {
    let smc = "OP-TEE, optee_smc.h, LEND_PROTMEM", ffa = "OP-TEE, optee_ffa.h, ASSIGN_PROTMEM", tzc = "Arm CoreLink TZC-400 TRM, region attributes"
    let thread = "restricted-memory thread 2025 (TEE-backed heaps)", heap = "secure-heap thread 2022, the NXP video path"
    return switch self {
    case .ruleSecureWorld: .init("FIREWALL.SET/secure-world", "-", "\(tzc): its registers answer secure accesses only")
    case .ruleNotCPU:
      .init("FIREWALL.SET/not-the-cpu", "TEE_ERROR_ACCESS_DENIED", "\(heap): the region is never mapped or accessed from the host CPU")
    case .ruleIsolation: .init("FIREWALL.SET/isolation", "TEE_ERROR_ACCESS_CONFLICT", "\(heap): what may read video may not read payment")
    case .accessRule: .init("FIREWALL/rule", "-", "\(tzc); \(heap): reads give zeros, writes are ignored")
    case .closeSecureWorld: .init("FIREWALL.CLOSE/secure-world", "-", "\(tzc): its registers answer secure accesses only")
    case .openScrubbed: .init("FIREWALL.OPEN/scrubbed", "-", "\(thread): memory is zero before the non-secure world can reuse it")
    case .openNotLent:
      .init("FIREWALL.OPEN/not-lent", "TEE_ERROR_BAD_STATE", "\(thread): what was lent comes back by its cookie; the code is inferred")
    case .openSecureWorld: .init("FIREWALL.OPEN/secure-world", "-", "\(tzc): its registers answer secure accesses only")
    case .lendAligned: .init("LEND_PROTMEM/aligned", "TEE_ERROR_BAD_PARAMETERS", "\(smc): whole pages of 4 KiB")
    case .lendMinimum:
      .init("LEND_PROTMEM/minimum-size", "TEE_ERROR_BAD_PARAMETERS", "OP-TEE, optee_smc.h, GET_PROTMEM_CONFIG: the least that may be lent")
    case .lendOrdinary: .init("LEND_PROTMEM/non-secure", "TEE_ERROR_BAD_PARAMETERS", "\(smc): non-secure memory that overlaps no other loan")
    case .lendUnregistered: .init("LEND_PROTMEM/not-registered", "TEE_ERROR_BAD_PARAMETERS", "\(smc): no registered shared memory")
    case .lendCookie: .init("LEND_PROTMEM/cookie-unused", "TEE_ERROR_BAD_PARAMETERS", "\(smc): a cookie names one loan")
    case .lendRoom: .init("LEND_PROTMEM/room", "TEE_ERROR_OUT_OF_MEMORY", "\(smc); that the books have an end is inferred")
    case .assignCookie: .init("ASSIGN_PROTMEM/cookie", "TEE_ERROR_BAD_PARAMETERS", ffa)
    case .assignOnce: .init("ASSIGN_PROTMEM/unassigned", "TEE_ERROR_BAD_STATE", "\(ffa); the code is inferred")
    case .releaseCookie: .init("RELEASE_PROTMEM/cookie", "TEE_ERROR_BAD_PARAMETERS", "OP-TEE, optee_ffa.h and optee_smc.h, RECLAIM_PROTMEM")
    case .releaseAssigned: .init("RELEASE_PROTMEM/assigned", "TEE_ERROR_BAD_STATE", "\(ffa); the code is inferred")
    case .releaseLastReference: .init("RELEASE_PROTMEM/last-reference", "TEE_ERROR_BUSY", "OP-TEE, RECLAIM_PROTMEM waits for the last reference")
    case .releaseScrubbed: .init("RELEASE_PROTMEM/scrubbed", "TEE_ERROR_BUSY", "\(thread): memory is zero before the non-secure world can reuse it")
    case .reclaimCookie: .init("FFA_MEM_RECLAIM/handle", "FFA_INVALID_PARAMETERS", "FF-A memory management protocol, FFA_MEM_RECLAIM")
    case .reclaimReleased:
      .init("FFA_MEM_RECLAIM/relinquished", "FFA_DENIED", "FF-A memory management protocol, FFA_MEM_RELINQUISH before FFA_MEM_RECLAIM")
    case .handOutFree: .init("heap.allocate/free", "ENOMEM", "\(heap): a page has one owner")
    case .handOutScrubbed: .init("heap.allocate/scrubbed", "ENOMEM", "dma-buf-heaps.rst: buffers are zero when they are handed out")
    case .handOutCovered: .init("heap.allocate/covered", "EIO", "\(thread): what is handed out as restricted is")
    case .takeBackHandedOut: .init("heap.free/handed-out", "EINVAL", "\(heap): a page is freed once")
    case .takeBackLastReference: .init("heap.free/last-reference", "EBUSY", "dma-buf.rst: memory goes back with the last reference")
    case .scrubGivenBack: .init("SCRUB/given-back", "TEE_ERROR_BAD_STATE", "\(heap): nobody's data is wiped while it is in use")
    case .scrubPermitted: .init("SCRUB/permitted", "TEE_ERROR_ACCESS_DENIED", "\(heap): zeros are written by a master that the firewall lets write")
    case .scrubBegun: .init("SCRUB.DONE/begun", "TEE_ERROR_BAD_STATE", "\(heap): what nobody wrote is not zero")
    }
  }
}
