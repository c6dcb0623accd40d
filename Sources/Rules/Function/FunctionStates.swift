/// The power states in which a function keeps or loses what it knew. PCI Power Management 1.2.
public enum PowerState: Small { case d0, d3hot }

/// A transfer of the device that has been issued and has not completed.
public enum InFlightDMA: Small { case none, shared, trusted }
