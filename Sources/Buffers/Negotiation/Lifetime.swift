import Sharing

/// A lifetime class as a type, for attachments to carry.
public protocol Lifetime: Sendable { static var lifetime: LifetimeClass { get } }
public enum Pinned: Lifetime { public static var lifetime: LifetimeClass { .pinned } }
public enum Revocable: Lifetime { public static var lifetime: LifetimeClass { .revocable } }
public enum Movable: Lifetime { public static var lifetime: LifetimeClass { .movable } }
