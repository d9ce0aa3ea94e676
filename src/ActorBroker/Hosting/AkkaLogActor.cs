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

    private readonly ILogger logger;
    private readonly RepeatedLines repeated;

    public AkkaLogActor(ILogger logger)
        : this(logger, TimeProvider.System)
    {
    }

    /// <param name="logger">Takes the lines.</param>
    /// <param name="time">Says how long ago a line of the same kind was said.</param>
    public AkkaLogActor(ILogger logger, TimeProvider time)
    {
        this.logger = logger;
        repeated = new RepeatedLines(time);
        Receive<LogEvent>(Say);
    }

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(LogEvent));

    private void Say(LogEvent line)
    {
        var (level, source) = (AkkaLogLevels.Of(line), AkkaLogLevels.SourceOf(line));
        if (!AkkaLogLevels.IsCausedByOthers(line))
        {
            HostLog.Actor(logger, level, line.Cause, source, line.Message);
        }
        else if (repeated.IsDue(source, line.Message.ToString() ?? "", out var leftOut))
        {
            HostLog.Actor(logger, level, line.Cause, source, leftOut == 0 ? line.Message : $"{line.Message} ({leftOut} lines of this kind were left out before)");
        }
    }
}
