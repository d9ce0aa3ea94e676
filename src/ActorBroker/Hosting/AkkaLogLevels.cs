using System.Runtime.Serialization;
using Akka.Event;
using Microsoft.Extensions.Logging;
using AkkaLevel = Akka.Event.LogLevel;
using Level = Microsoft.Extensions.Logging.LogLevel;

namespace ActorBroker.Hosting;

/// <summary>
/// How loud Akka.NET's own lines are. While a node is away its others say so with several warnings for each try to connect, ten times a second; the membership and
/// the broker's own actors say it once. What those cannot know stays as loud as it was.
/// </summary>
internal static class AkkaLogLevels
{
    /// <summary>Classes and names of loggers of which an operator needs nothing in general.</summary>
    private static readonly HashSet<string> Noisy = new(StringComparer.OrdinalIgnoreCase)
    {
        "EndpointWriter", "EndpointReader", "EndpointManager", "ReliableDeliverySupervisor", "Remoting", "RemoteTransport", "ProtocolStateActor", "RemoteWatcher",
        "ClusterRemoteWatcher", "TcpTransport", "TcpServerHandler", "TcpClientHandler", "DotNettyTransport", "RemoteActorRefProvider", "RemotingTerminator", "ClusterSingletonProxy",
        "DDataShardCoordinator", "ShardRegion", "DeadLetterListener", "ClusterCoreDaemon.JoinSeedNodeProcess", "Serialization",
    };

    /// <summary>Lines of those classes that an operator needs.</summary>
    private static readonly string[] Needed = ["quarantin", "Deserialization failed", "oversized", "irrecoverabl"];

    /// <summary>The level for the node's log.</summary>
    public static Level Of(LogEvent line)
    {
        var level = LevelOf(line.LogLevel());
        return level > Level.Debug && (Noisy.Contains(SourceOf(line)) || IsOfConnection(line)) && !IsNeeded(line) ? Level.Debug : level;
    }

    /// <summary>Whether other nodes, or who can connect as one, decide how often the line comes: each refused message makes one.</summary>
    public static bool IsCausedByOthers(LogEvent line) => (Noisy.Contains(SourceOf(line)) || IsOfConnection(line)) && Of(line) > Level.Debug;

    /// <summary>Who says it: the class, or the name where a logger has no class.</summary>
    public static string SourceOf(LogEvent line)
    {
        if (line.LogClass.Name != "DummyClassForStringSources")
        {
            return line.LogClass.Name;
        }

        // A logger's name may be followed by its actor system's in parentheses.
        var end = line.LogSource.IndexOf('(', StringComparison.Ordinal);
        return (end > 0 ? line.LogSource[..end] : line.LogSource).TrimEnd();
    }

    /// <summary>A supervisor's line about an end of a connection that has ended.</summary>
    private static bool IsOfConnection(LogEvent line) => line.Cause?.GetType().Namespace is { } name && name.StartsWith("Akka.Remote", StringComparison.Ordinal);

    private static bool IsNeeded(LogEvent line)
    {
        if (line.Cause is SerializationException)
        {
            return true;
        }

        var text = $"{line.Message} {line.Cause?.Message}";
        return Needed.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    private static Level LevelOf(AkkaLevel level) => level switch
    {
        AkkaLevel.DebugLevel => Level.Debug,
        AkkaLevel.InfoLevel => Level.Information,
        AkkaLevel.WarningLevel => Level.Warning,
        _ => Level.Error,
    };
}
