import Charts
import Rules

/// Which object of a chart a stored value belongs to. Places are named as the log names them: `entry[0000:01:00.0/1]`.
enum DrawnObject {
  /// Tasks, their locks and accesses under way are how a procedure is walked, not what it does.
  private static let hidden: Set<String> = [
    "taskPosition", "taskCursor", "taskDevice", "taskHoldsFrame", "accessDevice", "accessPage", "accessKind",
    "tsmLock", "memoryLock", "reservation", "deviceSetLock",
  ]

  static func change(_ change: RecordedEvent.Change) -> Change? {
    guard let (object, field) = objectAndField(change.place) else { return nil }
    return Change(object, field, change.before, change.after)
  }

  static func objects(_ places: [(place: String, value: String)]) -> [ObjectState] {
    var objects: [ObjectState] = []
    for (place, value) in places {
      guard let (name, field) = objectAndField(place) else { continue }
      if let i = objects.firstIndex(where: { $0.name == name }) {
        objects[i].fields.append(Fact(field, value))
      } else {
        objects.append(ObjectState(name, kind: String(name.prefix { $0 != " " }), fields: [Fact(field, value)]))
      }
    }
    return objects
  }

  private static func objectAndField(_ place: String) -> (object: String, field: String)? {
    let parts = place.split(separator: "[", maxSplits: 1)
    let field = String(parts[0])
    guard !hidden.contains(field) else { return nil }
    guard parts.count == 2 else { return (kind(of: field), field) }
    return ("\(kind(of: field)) \(parts[1].dropLast())", field)
  }

  private static func kind(of field: String) -> String {
    switch field {
    case "interface", "nonceIsLive", "holdsSecrets", "dma": "TDI"
    case "recorded", "bindingOwner", "isValid", "request", "requestIsAnswered", "answerIsError", "processed": "DEVIF"
    case "session", "stream", "streamIsInsecure": "stream"
    case "dmar", "dmarInvalidation", "iotlbIsCached": "DMAR"
    case "bufferIsExported", "bufferIsRevoked", "reservation": "buffer"
    case "isOpen", "hostMapping", "memoryEnabled", "busMaster", "power", "inReset", "memoryLock": "function"
    case "vdevice", "viommuExists", "isBound", "holdsVM", "slot", "slotIsPrivate", "tsmLock": "assignment"
    case "evidence": "guest"
    case "entry", "frame", "stamp", "tlb", "mirror", "metadata", "isShared": "page"
    case "importerState", "importerIsInvalidated", "importerIsUsing": "importer"
    case "memoryEntry", "memoryStamp", "memoryTLB", "memoryIsPoisoned": "memory"
    default: "VM"
    }
  }
}
