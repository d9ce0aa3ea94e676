namespace ActorBroker.Hocon;

/// <summary>Text that is not HOCON, or that cannot be resolved. The message starts with file, line and column where they are known.</summary>
public sealed class HoconException(string message) : Exception(message);
