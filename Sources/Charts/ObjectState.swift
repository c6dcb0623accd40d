/// An object and what is known of it at one moment.
public struct ObjectState: Hashable, Sendable {
  /// Unique in a chart: "interface 0000:01:00.0".
  public var name: String
  /// What it is, to group by: "interface", "secure EPT", "buffer". May be empty.
  public var kind: String
  /// Fields in the order to show them; a name appears once.
  public var fields: [Fact]

  public init(_ name: String, kind: String = "", fields: [Fact] = []) {
    (self.name, self.kind, self.fields) = (name, kind, fields)
  }

  public subscript(field: String) -> String? { fields.first { $0.name == field }?.value }
}

/// What one step did to one field of one object.
public struct Change: Hashable, Sendable {
  public var object: String
  public var field: String
  /// Nil: the field was not there before.
  public var before: String?
  /// Nil: it is gone. An object whose last field goes is gone.
  public var after: String?

  public init(_ object: String, _ field: String, _ before: String?, _ after: String?) {
    (self.object, self.field, self.before, self.after) = (object, field, before, after)
  }
}
