import BufferModels
import Modelling

extension RoomModel {
  /// A model of the life of shared buffers.
  init(_ model: BufferModel) {
    self.init(
      name: model.rawValue, summary: model.summary, properties: model.properties.map { Entry(name: $0.name, summary: $0.sentence) },
      faults: model.faults.map { Entry(name: $0.name, summary: $0.summary) }, guards: model.guards.map(\.entry),
      // What somebody of several does has a number.
      lane: { $0.hasSuffix(")") ? "importers" : "exporter" },
      make: { (request: Request) throws(ModelError) in
        let asked = model.properties.filter { request.properties.contains($0.name) }
        return try model.make(Set([request.fault.flatMap(model.fault(named:))].compactMap { $0 }), asking: asked)
      }, law: Self.sharing, declaration: { Declaration(model.fault(named: $0)?.breaks?.name) })
  }
}
