import Host
import Machine
import Memory
import PCI
import Primitives
import Rules
import TEE

/// What an access may move, said before it happens: from the account, and from tables and caches as they are.
extension Judge {
  /// Nothing or ones where no byte may come; the register's content where it may.
  func compare(_ what: String, _ call: String, _ seen: [UInt64], _ expected: [UInt64]) {
    let isNothing = expected.allSatisfy { $0 == .max }
    isNothing ? (stopped[call, default: 0] += 1) : (moved[call, default: 0] += 1)
    if isNothing ? !seen.allSatisfy({ $0 == .max }) : seen != expected {
      find("\(what): read \(seen.map(hexadecimal)), the judge expects \(expected.map(hexadecimal))")
    }
  }

  func compare(_ what: String, _ call: String, _ seen: [UInt8], _ expected: [[UInt8]]) {
    let isNothing = expected.allSatisfy { $0.allSatisfy { $0 == 0 } }
    isNothing ? (stopped[call, default: 0] += 1) : (moved[call, default: 0] += 1)
    if !expected.contains(where: { seen == $0 || (seen.count > 64 && isNothing && seen.allSatisfy { $0 == 0 }) }) {
      find("\(what): read \(hexText(seen)), the judge expects \(expected.map { hexText($0) })")
    }
  }

  func isTEE(_ d: Int, _ p: Int) -> Bool { machine.hardware.functions[d].pages[p].isTEE }
  func content(_ at: HostPhysicalAddress) -> UInt64 { machine.hardware.load(at, width: 8) }
  func landing(_ m: UInt8) -> UInt64 { machine.file.plan.privateUnits[Int(m)].size.bytes - 64 }
  /// Bytes that nobody has written before, and none of them zero.
  func fresh() -> [UInt8] { (0..<64).map { _ in UInt8(truncatingIfNeeded: random.next()) | 1 } }
  var watchedLines: [UInt64?] {
    machine.module.unitFrames.enumerated().map { m, frame in frame.map { $0.start.rawValue + landing(UInt8(m)) } }
  }

  /// The leaf that a vCPU would use now: cached, or walked and open.
  func leaf(_ address: GuestPhysicalAddress) -> Leaf<GuestPhysicalAddress>? {
    var tlb = machine.hardware.tlb
    if let cached = tlb.lookUp(address, in: .vm(KVM.vm)) { return cached }
    let isShared = address.rawValue >> UInt64(machine.file.plan.sharedBit) & 1 == 1
    guard let found = (isShared ? machine.kvm.sharedEPT : machine.module.secureEPT)?.walk(address) else { return nil }
    return found.attributes.isReadable ? found : nil
  }

  func predictAccess(_ d: Int, _ p: Int, _ secure: Bool) -> [UInt64] {
    let plan = machine.file.plan, page = plan.page(UInt8(d), UInt8(p))
    let address = secure ? page : plan.shared(page)
    guard account.guestRuns, account.access == nil, let leaf = leaf(address) else { return [.max] }
    let it = account.devices[d]
    let isAccepted = it.tdi.accepts(isTEE: isTEE(d, p), t: secure) && (!secure || !it.isInsecure)
    if it.answers, !isAccepted { return [.max] }
    account.access = (d, secure)
    account.mayBeCached[address.rawValue] = leaf.target.rawValue
    return [it.answers ? content(leaf.target) : .max]
  }

  func predictTouch(_ d: Int, _ p: Int) -> [UInt64] {
    let it = account.devices[d]
    guard it.answers, it.tdi.accepts(isTEE: isTEE(d, p), t: false) else { return [.max] }
    return [content(machine.hardware.page(UInt8(d), UInt8(p)))]
  }

  /// An importer reads the first page that its device answers for; what it has mapped is in its own table.
  func predictImporter(_ i: UInt8) -> [UInt64]? {
    guard let importer = machine.importers[Int(i)], importer.table.walk(BufferImporter.base) != nil else { return [] }
    let d = Int(importer.device), pages = account.devices[d].pages.indices
    // Whether it still may is its own good behaviour: it was told.
    guard let p = pages.first(where: { predictTouch(d, $0) != [.max] }) else { return [.max] }
    return predictTouch(d, p)
  }

  func predictRead(_ m: Int) -> [[UInt8]] {
    let base = machine.file.plan.privateUnits[m].base
    guard account.guestRuns, let leaf = leaf(base) else { return [[]] }
    account.mayBeCached[base.rawValue] = leaf.target.rawValue
    let at = leaf.target.rawValue + landing(UInt8(m))
    let line = account.lines[at] ?? .init()
    if line.isOwned, !line.isPoisoned { return [line.bytes] }
    account.lines[at]?.isPoisoned = true
    // A machine check: the TD is fatal.
    account.endVM(isFatal: true)
    return [[UInt8](repeating: 0, count: 64)]
  }

  func predictWrite(_ m: Int, _ bytes: [UInt8]) {
    let base = machine.file.plan.privateUnits[m].base
    guard account.guestRuns, account.units[m].state == .mapped, let leaf = leaf(base) else { return }
    account.mayBeCached[base.rawValue] = leaf.target.rawValue
    account.lines[leaf.target.rawValue + landing(UInt8(m))] = .init(isOwned: true, bytes: bytes)
  }

  func predictHostRead(_ m: Int) -> [[UInt8]] {
    guard let at = watchedLines[m] else { return [[]] }
    let line = account.lines[at] ?? .init()
    return [line.isOwned ? [UInt8](repeating: 0, count: 64) : line.bytes]
  }

  // MARK: The device's own transfers

  func mayIssue(_ d: Int, _ trusted: Bool) -> Bool {
    let it = account.devices[d]
    return it.busMaster && !it.isAsleep && !it.isInReset && JudgedInterface.sends[trusted]?.contains(it.tdi.state) == true
  }

  func issue(_ d: Int, _ trusted: Bool) {
    guard account.devices[d].transfer == nil, mayIssue(d, trusted) else { return }
    account.devices[d].transfer = trusted ? .trusted : .shared
  }

  func finishTrusted(_ d: Int, _ m: Int) {
    guard account.devices[d].transfer == .trusted else { return }
    account.devices[d].transfer = nil
    let base = machine.file.plan.privateUnits[m].base.rawValue
    let context = TranslationContext.device(machine.id(UInt8(d)), trusted: true)
    let cached = machine.hardware.iommu.cache.entries.first {
      $0.context == context && $0.leaf.start.rawValue <= base && base < $0.leaf.start.rawValue + $0.leaf.size.bytes
    }
    // The context comes first, from the cache or the table; it is cached whatever is found under it.
    let finds = account.devices[d].contextIsCached || account.devices[d].context == .present
    if finds { account.devices[d].contextIsCached = true }
    var target = finds ? cached?.leaf.target : nil
    if finds, target == nil,
      let leaf = machine.module.secureEPT?.walk(GuestPhysicalAddress(base)), leaf.attributes.isReadable
    {
      target = leaf.target
    }
    guard let target else {
      stopped["DMA T=1", default: 0] += 1
      return
    }
    account.devices[d].cachedUnits.insert(m)
    let at = target.rawValue + landing(UInt8(m))
    guard let line = account.lines[at], line.isOwned, !line.isPoisoned else {
      account.lines[at, default: .init()].isPoisoned = true
      return
    }
    moved["DMA T=1", default: 0] += 1
    (account.devices[d].secret, account.devices[d].holdsPrivate) = (word(line.bytes), true)
  }

  func finishShared(_ d: Int) {
    account.devices[d].transfer = nil
    guard let unit = machine.file.plan.sharedUnits.first,
      let leaf = machine.hardware.iommu.sharedContext(of: machine.id(UInt8(d)))?.walk(IOVirtualAddress(unit.base.rawValue)),
      let found = try? machine.hardware.encryption.read(at: leaf.target, count: 8, as: .shared)
    else { return }
    moved["DMA T=0", default: 0] += 1
    account.devices[d].secret = word(found.bytes)
  }

  func word(_ bytes: [UInt8]) -> UInt64 { bytes.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) } }
}
