using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Hosting;

/// <summary>Brings what actors log into the node's own log. It takes the place of the runtime's standard-output logger.</summary>
internal sealed class AkkaLogActor : ReceiveActor
{
    /// <summary>Turns the runtime's own loggers off, so that nothing is said twice.</summary>
    public const string Hocon = """
        akka.loggers = []
        akka.stdout-loglevel = OFF
        """;

    public AkkaLogActor(ILogger logger) =>
        Receive<LogEvent>(log => HostLog.Actor(logger, AkkaLogLevels.Of(log), log.Cause, AkkaLogLevels.SourceOf(log), log.Message));

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(LogEvent));
}
