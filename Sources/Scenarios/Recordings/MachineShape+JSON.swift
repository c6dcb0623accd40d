import Primitives
import Rules

extension MachineShape {
  private static func hex(_ value: UInt64) -> JSONValue { .string("0x" + String(value, radix: 16)) }
  private static func json(_ units: [Unit]) -> JSONValue { .array(units.map { .members(["base": hex($0.base), "size": hex($0.size)]) }) }

  var json: JSONValue {
    .members([
      "name": .string(name),
      "devices": .array(
        devices.map { device in
          .members([
            "id": .string(device.id), "slot": Self.hex(device.slot),
            "pages": .array(device.pages.map { .members(["bar": JSONValue($0.bar), "offset": Self.hex($0.offset), "tee": .boolean($0.isTEE)]) }),
          ])
        }),
      "private": Self.json(privateUnits), "shared": Self.json(sharedUnits), "importers": JSONValue(importers),
    ])
  }

  /// As many of everything as the bounds say.
  init(_ value: JSONValue, _ bounds: Bounds) throws(JSONObject.Failure) {
    let map = try JSONObject(value, "header.shape", keys: ["name", "devices", "private", "shared", "importers"])
    func units(_ key: String) throws(JSONObject.Failure) -> [Unit] {
      var units: [Unit] = []
      for value in try map.array(key, atMost: 64) {
        let unit = try JSONObject(value, "header.shape.\(key)", keys: ["base", "size"])
        units.append(Unit(base: try unit.address("base"), size: try unit.address("size")))
      }
      return units
    }
    var devices: [Device] = []
    for value in try map.array("devices", atMost: 8) {
      let device = try JSONObject(value, "header.shape.devices", keys: ["id", "slot", "pages"])
      var pages: [Page] = []
      for value in try device.array("pages", atMost: 64) {
        let page = try JSONObject(value, "header.shape.devices.pages", keys: ["bar", "offset", "tee"])
        pages.append(Page(bar: Int(try page.integer("bar", in: 0...5)), offset: try page.address("offset"), isTEE: try page.boolean("tee")))
      }
      devices.append(Device(id: try device.string("id"), slot: try device.address("slot"), pages: pages))
    }
    self.init(
      name: try map.string("name"), devices: devices, privateUnits: try units("private"), sharedUnits: try units("shared"),
      importers: try map.strings("importers", atMost: 16))
    guard devices.count == bounds.devices, devices.allSatisfy({ $0.pages.count == bounds.pages }), privateUnits.count == bounds.memory,
      importers.count == bounds.importers
    else { throw JSONObject.Failure(message: "header.shape and header.bounds contradict each other") }
  }
}
