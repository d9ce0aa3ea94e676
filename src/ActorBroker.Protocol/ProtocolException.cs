namespace ActorBroker.Protocol;

/// <summary>Bytes that do not follow their schema, or a message that its schema cannot express.</summary>
public sealed class ProtocolException(string reason, string? message = null, int position = -1)
    : Exception(Text(reason, message, position))
{
    /// <summary>What is wrong, without the place.</summary>
    public string Reason { get; } = reason;

    /// <summary>The message in whose bytes the problem is; null when unknown.</summary>
    public string? MessageName { get; } = message;

    /// <summary>The byte in the frame where reading stopped; -1 when the problem arose on writing.</summary>
    public int Position { get; } = position;

    internal static ProtocolException UnsupportedVersion(string message, short version) => new($"version {version} has no schema", message);

    internal static ProtocolException NotInVersion(string field, short version) =>
        new($"{field} has a value that version {version} cannot express");

    internal static ProtocolException NullNotAllowed(string field, short version) => new($"{field} must not be null in version {version}");

    private static string Text(string reason, string? message, int position) => (message, position) switch
    {
        (null, < 0) => reason,
        (null, _) => $"{reason} at byte {position}",
        (_, < 0) => $"{message}: {reason}",
        _ => $"{message}: {reason} at byte {position}",
    };
}
