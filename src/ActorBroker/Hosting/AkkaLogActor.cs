using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using AkkaLevel = Akka.Event.LogLevel;
using Level = Microsoft.Extensions.Logging.LogLevel;

namespace ActorBroker.Hosting;

/// <summary>Brings what actors log into the node's own log. It takes the place of the runtime's standard-output logger.</summary>
internal sealed class AkkaLogActor : ReceiveActor
{
    /// <summary>Turns the runtime's own loggers off, so that nothing is said twice.</summary>
    public const string Hocon = """
        akka.loggers = []
        akka.stdout-loglevel = OFF
        """;

    public AkkaLogActor(ILogger logger) => Receive<LogEvent>(log =>
        HostLog.Actor(logger, LevelOf(log.LogLevel()), log.Cause, log.LogClass.Name == "DummyClassForStringSources" ? log.LogSource : log.LogClass.Name, log.Message));

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(LogEvent));

    private static Level LevelOf(AkkaLevel level) => level switch
    {
        AkkaLevel.DebugLevel => Level.Debug,
        AkkaLevel.InfoLevel => Level.Information,
        AkkaLevel.WarningLevel => Level.Warning,
        _ => Level.Error,
    };
}
