import Models
import Rules
import Testing

@Suite struct FieldTests {
  let limit = Bounds.packedLimit

  @Test func noTwoFieldsShareABit() {
    var taken = PackedWorld()
    for (field, index) in places(limit) {
      var world = PackedWorld()
      world[field, index] = UInt16.max
      var bits = 0
      for i in 0..<6 {
        #expect(taken.words[i] & world.words[i] == 0, "\(field) at \(index) overlaps")
        taken.words[i] |= world.words[i]
        bits += world.words[i].nonzeroBitCount
      }
      #expect(bits == Int(field.place.bits), "\(field) at \(index) is cut off")
    }
  }

  @Test func writingOneFieldChangesNoOther() {
    let all = places(limit)
    for (field, index) in all {
      var world = PackedWorld()
      world[field, index] = UInt16.max
      var changed: [String] = []
      for (other, place) in all where world[other, place] != 0 && (other, place) != (field, index) {
        changed.append("\(other)[\(place)]")
      }
      #expect(changed.isEmpty, "\(field)[\(index)] is also \(changed)")
      #expect(world[field, index] == UInt16(1) << UInt16(field.place.bits) - 1)
      world[field, index] = 0
      #expect(world == PackedWorld())
    }
  }

  @Test func everyFieldHasRoomForItsValues() {
    for field in Field.allCases {
      #expect(field.valueCount(limit) <= 1 << Int(field.place.bits), "\(field)")
      #expect(field.axis == field.place.axis)
    }
  }

  /// The words that are stored hold every field of a world of that size.
  @Test(arguments: someWorlds) func theWidthIsEnough(bounds: Bounds) {
    let width = PackedWorld.width(of: bounds)
    var full = PackedWorld()
    for d in 0..<bounds.devices { for p in 0..<bounds.pages { full[tlb: d, p] = .secure } }
    for (field, index) in places(bounds) where field.axis != .page { full[field, index] = UInt16.max }
    for i in 0..<6 { #expect(i < width || full.words[i] == 0) }
  }

  @Test func pagesHaveTheirPlaces() {
    let world = PackedWorld(), table = TableWorld(bounds: Bounds(devices: 3, pages: 5))
    #expect((0..<2).flatMap { d in (0..<4).map { world.pageIndex(d, $0) } } == Array(0..<8))
    #expect((0..<3).flatMap { d in (0..<5).map { table.pageIndex(d, $0) } } == Array(0..<15))
  }

  @Test func texts() {
    #expect(Field.interface.text(2) == "run")
    #expect(Field.interface.text(200) == "200")
    #expect(Field.tsmLock.text(0) == "free" && Field.tsmLock.text(2) == "task 1")
    #expect(Field.isOpen.text(0) == "no" && Field.isOpen.text(1) == "yes")
    #expect(Field.taskPosition.text(17) == "17")
    for field in Field.allCases { for value in [0, 1, 3, 255, 256, UInt16.max] { #expect(!field.text(value).isEmpty) } }
  }
}

@Suite struct SmallTests {
  private func roundTrips<S: Small>(_: S.Type) {
    #expect(MemoryLayout<S>.size == 1 && S.allCases.count <= 256)
    for (i, value) in S.allCases.enumerated() {
      #expect(Int(value.code) == i, "\(S.self).\(value)")
      #expect(S(code: value.code) == value)
      #expect(value.name == String(describing: value))
    }
  }

  @Test func everyCodeRoundTrips() {
    roundTrips(VirtualMachineLife.self); roundTrips(VirtualMachineEnd.self); roundTrips(VirtualCPU.self)
    roundTrips(GuestAccessKind.self); roundTrips(CachedTranslation.self); roundTrips(Evidence.self)
    roundTrips(SecureEPTEntry.self); roundTrips(EpochAge.self); roundTrips(MMIOMetadata.self)
    roundTrips(DMAREntry.self); roundTrips(DMARInvalidation.self); roundTrips(BindingOwner.self)
    roundTrips(InterfaceAnswer.self); roundTrips(GuestRequestStatus.self); roundTrips(SPDMSession.self); roundTrips(IDEStream.self)
    roundTrips(InterfaceState.self); roundTrips(RecordedState.self); roundTrips(InterfaceRequest.self)
    roundTrips(TrackedChange.self); roundTrips(PowerState.self); roundTrips(InFlightDMA.self)
    roundTrips(ImporterState.self); roundTrips(VirtualDevice.self); roundTrips(Cast.self)
    roundTrips(Guard.self); roundTrips(Property.self); roundTrips(Condition.self); roundTrips(Procedure.self)
    roundTrips(Step.self); roundTrips(BusyPolicy.self); roundTrips(ErrorPolicy.self)
  }

  @Test func namesAreInverse() {
    for procedure in Procedure.allCases.dropFirst() { #expect(Procedure(id: procedure.id) == procedure) }
    for step in Step.allCases { #expect(Step(id: step.id) == step && !step.entry.summary.isEmpty) }
    for property in Property.allCases {
      #expect(Property(id: property.id) == property)
      #expect(!property.sentence.isEmpty && !property.broken.isEmpty && !property.source.isEmpty)
    }
    for condition in Condition.allCases.dropFirst() {
      #expect(Condition(id: condition.id) == condition && !condition.summary.isEmpty)
    }
    #expect(Procedure(id: "none") == nil && Condition(id: "always") == nil)
    #expect(Step(id: "") == nil && Property(id: "x") == nil)
    #expect(Set(Step.allCases.map(\.id)).count == Step.allCases.count)
    #expect(Set(Condition.allCases.map(\.id)).count == Condition.allCases.count)
  }
}
