/// Everything that somebody can attempt. The machine's log, the explorer's paths and a replay's input are lists of these.
public enum Action: Hashable, BitwiseCopyable, Sendable {
  // The host's tasks.
  case request(Procedure, device: UInt8, page: UInt8)
  case advance(task: UInt8)
  /// The task's next step in this procedure fails for no reason that a rule knows, as for want of memory: the task goes on as its `error` says.
  case failStep(Procedure, task: UInt8)
  case crashVMM
  /// From here on the VMM (or the host) is not to be trusted: what its own VM suffers is its own doing.
  case misbehave
  // The guest.
  case enterVCPU
  case validate(device: UInt8)
  /// The same, where the device is another than the one that the guest expects.
  case validateOther(device: UInt8)
  case askReport(device: UInt8)
  case askStart(device: UInt8)
  case collect(device: UInt8)
  case checkEvidence(device: UInt8)
  case acceptMMIO(device: UInt8, page: UInt8)
  case acceptDMA(device: UInt8)
  case beginAccess(device: UInt8, page: UInt8, secure: Bool)
  case endAccess
  case acceptMemory(unit: UInt8)
  case guestReads(unit: UInt8)
  case guestWrites(unit: UInt8)
  // The device.
  case startDMA(device: UInt8, trusted: Bool)
  case finishTrustedDMA(device: UInt8, unit: UInt8)
  case finishSharedDMA(device: UInt8)
  case sendShared(device: UInt8)
  // Importers of a buffer.
  case attach(importer: UInt8)
  /// By an importer that cannot be revoked: it is not told to let go, and holds what it maps.
  case attachPinned(importer: UInt8)
  case map(importer: UInt8)
  case use(importer: UInt8)
  case finish(importer: UInt8)
  case unmap(importer: UInt8)
  case detach(importer: UInt8)
  // Those who should not: the host's CPU and a peer device.
  case hostTouchesPage(device: UInt8, page: UInt8)
  case peerTouchesPage(device: UInt8, page: UInt8)
  case hostReads(unit: UInt8)
  case hostWrites(unit: UInt8)
  case peerTouches(unit: UInt8)
  // A hostile VMM, a foreign VM, an untrusted host, the link.
  case call(Step, device: UInt8, page: UInt8)
  case mapByHost(device: UInt8)
  /// KVM_SET_USER_MEMORY_REGION2 with what does not fit the buffer.
  case addFlawedSlot(device: UInt8, flaw: SlotFlaw)
  /// COMMAND.BME cleared and set again in one write after another. Without it a device can only do less, so an explorer that has
  /// this needs no states in which it is off.
  case cycleBusMaster(device: UInt8)
  /// VFIO_DEVICE_SET_IRQS: the kernel writes Message Control of MSI-X.
  case setInterrupts(device: UInt8)
  /// GO to an empty DOE mailbox, through the bytes of a hidden capability that VFIO passes raw: its error bit is set.
  case spoilMailbox(device: UInt8)
  case foreignBind(device: UInt8)
  case mapWrongPage(device: UInt8, page: UInt8, frame: UInt8)
  case streamInsecure(device: UInt8)
}
