/// The TDX module's books, from its specification: private memory, private MMIO, trusted DMA. Each answers nil for what is not its call.
extension JudgeAccount {
  /// Private memory.
  mutating func memory(_ name: String, _ m: Int, _ host: HostView) -> Result? {
    switch name {
    case "TDH.MEM.PAGE.ADD":
      guard life == .building, units[m].state == .free else { return .error }
      units[m].state = .mapped
      watched[m] = host.lines[m]
      if let line = host.lines[m] { lines[line] = Line(isOwned: true) }
    case "TDH.MEM.PAGE.AUG":
      guard life == .runnable, units[m].state == .free else { return .error }
      units[m].state = .pending
      watched[m] = host.lines[m]
      if let line = host.lines[m] { lines[line] = lines[line] ?? Line() }
    case "TDH.MEM.RANGE.BLOCK":
      guard units[m].state == .mapped || units[m].state == .pending else { return .error }
      units[m].state = units[m].state == .mapped ? .blocked : .pendingBlocked
      units[m].stamp = epoch
    case "TDH.MEM.PAGE.REMOVE":
      guard units[m].isBlocked else { return .error }
      guard life == .building || (cpuIsTracked(units[m].stamp) && iommuIsTracked(units[m].stamp)) else { return .error }
      release(m, host)
    default: return nil
    }
    return .done
  }

  mutating func release(_ m: Int, _ host: HostView) {
    units[m] = Entry()
    watched[m] = nil
    // A frame goes back as zeros.
    if let line = host.before.lines[m] { lines[line] = Line() }
  }

  /// Private MMIO: metadata table and secure EPT.
  mutating func mmio(_ name: String, _ d: Int, _ p: Int, frame: Int?) -> Result? {
    var it = devices[d]
    defer { devices[d] = it }
    switch name {
    case "TDH.MMIOMT.SET":
      guard it.hasObject, it.pages[p].metadata == .absent else { return .error }
      it.pages[p].metadata = .data
    case "TDH.MMIOMT.REMOVE":
      guard it.pages[p].metadata == .data else { return .error }
      it.pages[p].metadata = .absent
    case "TDH.MMIO.MAP":
      let f = frame ?? p
      guard isOperable, it.hasObject, it.stream != .blocked, it.pages[p].entry.state == .free, it.pages[f].metadata == .data
      else { return .error }
      it.pages[p].entry = Entry(state: .pending, frame: f)
      it.pages[f].metadata = .mapped
    case "TDH.MMIO.BLOCK":
      guard isOperable else { return .error }
      guard it.pages[p].entry.state == .mapped || it.pages[p].entry.state == .pending else { return .error }
      (it.pages[p].entry.state, it.pages[p].entry.stamp) = (.blocked, epoch)
    case "TDH.MMIO.UNMAP":
      guard isOperable else { return .error }
      let entry = it.pages[p].entry
      guard entry.state == .blocked, cpuIsTracked(entry.stamp), iommuIsTracked(entry.stamp) else { return .error }
      guard it.recorded == .unlocked || it.stream == .blocked else { return .error }
      it.pages[entry.frame].metadata = .data
      it.pages[p].entry = Entry()
    default: return nil
    }
    return .done
  }

  /// Trusted DMA and its invalidation.
  mutating func trusted(_ name: String, _ d: Int) -> Result? {
    switch name {
    case "TDH.DMAR.ADD":
      guard devices[d].hasObject, devices[d].context == .free else { return .error }
      devices[d].context = .pending
    case "TDH.DMAR.BLOCK":
      guard devices[d].hasObject, devices[d].context == .pending || devices[d].context == .present else { return .error }
      (devices[d].context, devices[d].invalidation) = (devices[d].context == .pending ? .pendingBlocked : .blocked, .owed)
    case "TDH.DMAR.REMOVE":
      guard devices[d].context.isBlocked, devices[d].invalidation == .done else { return .error }
      if iotlbOwed, hasAcceptedDMA { return .busy }
      guard devices[d].hasObject else { return .error }
      (devices[d].context, devices[d].invalidation) = (.free, .owed)
    case "TDH.IQINV.REQ(PASIDTE)":
      guard devices[d].context.isBlocked, devices[d].invalidation == .owed else { return .error }
      devices[d].invalidation = .queued
    case "TDH.IQINV.REQ(IOTLB)":
      guard isOperable else { return .error }
      // Not due: an answer, and no descriptor. Under way: another would be counted twice.
      if iotlbOwed, hasAcceptedDMA {
        if queuesEverything { return .busy }
        queuesEverything = true
      }
    case "TDH.IQINV.PROC":
      for q in devices.indices {
        if devices[q].invalidation == .queued {
          (devices[q].invalidation, devices[q].contextIsCached, devices[q].cachedUnits) = (.done, false, [])
        }
        if queuesEverything { devices[q].cachedUnits = [] }
      }
      if queuesEverything { (queuesEverything, iotlbOwed) = (false, false) }
    default: return nil
    }
    return .done
  }
}
