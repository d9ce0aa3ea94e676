#nullable disable
using Akka.Actor;

namespace Akka.Pattern;

/// <summary>When a backoff supervisor forgets its restarts.</summary>
public interface IBackoffReset
{
}

/// <summary>When the child tells it to, by <see cref="BackoffSupervisor.Reset"/>.</summary>
internal sealed record ManualReset : IBackoffReset;

/// <summary>When the child has lived that long.</summary>
internal sealed record AutoReset(TimeSpan ResetBackoff) : IBackoffReset;

/// <summary>Options of a backoff supervisor.</summary>
public abstract class BackoffOptions
{
    internal abstract Props Props { get; }

    /// <summary>Forgets restarts when the child has lived that long; the default, with the shortest backoff.</summary>
    public abstract BackoffOptions WithAutoReset(TimeSpan resetBackoff);

    /// <summary>Stops the child whatever it throws.</summary>
    public abstract BackoffOptions WithDefaultStoppingStrategy();

    /// <summary>A message after which the supervisor stops with its child.</summary>
    public abstract BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage);

    /// <summary>Forgets restarts when told to.</summary>
    public abstract BackoffOptions WithManualReset();

    /// <summary>Stops after that many restarts; negative for any number.</summary>
    public abstract BackoffOptions WithMaxNrOfRetries(int maxNrOfRetries);

    /// <summary>Answers that to messages while there is no child.</summary>
    public abstract BackoffOptions WithReplyWhileStopped(object replyWhileStopped);

    /// <summary>How failures of the child are treated.</summary>
    public abstract BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy);
}

/// <summary>Makes options.</summary>
public static class Backoff
{
    /// <summary>Restarts the child after a backoff when it fails.</summary>
    /// <param name="childProps">How to create the child.</param>
    /// <param name="childName">Its name.</param>
    /// <param name="minBackoff">The first wait; each further one is twice as long.</param>
    /// <param name="maxBackoff">The longest wait.</param>
    /// <param name="randomFactor">Up to this share is added at random, 0.2 for a fifth.</param>
    public static BackoffOptions OnFailure(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor) =>
        new BackoffSettings(RestartOnFailure: true, childProps, childName, minBackoff, maxBackoff, randomFactor);

    public static BackoffOptions OnFailure(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries) =>
        OnFailure(childProps, childName, minBackoff, maxBackoff, randomFactor).WithMaxNrOfRetries(maxNrOfRetries);

    /// <summary>Starts the child again after a backoff when it has stopped.</summary>
    /// <inheritdoc cref="OnFailure(Props, string, TimeSpan, TimeSpan, double)"/>
    public static BackoffOptions OnStop(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor) =>
        new BackoffSettings(RestartOnFailure: false, childProps, childName, minBackoff, maxBackoff, randomFactor);

    public static BackoffOptions OnStop(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries) =>
        OnStop(childProps, childName, minBackoff, maxBackoff, randomFactor).WithMaxNrOfRetries(maxNrOfRetries);
}

internal sealed class BackoffSettings(
    bool RestartOnFailure, Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor) : BackoffOptions
{
    private IBackoffReset _reset;
    private OneForOneStrategy _strategy = new(SupervisorStrategy.DefaultDecider);
    private object _replyWhileStopped;
    private Func<object, bool> _finalStopMessage;

    internal override Props Props
    {
        get
        {
            if (minBackoff <= TimeSpan.Zero) throw new ArgumentException("MinBackoff must be greater than 0");
            if (maxBackoff < minBackoff) throw new ArgumentException("MaxBackoff must be greater than MinBackoff");
            if (randomFactor is < 0 or > 1) throw new ArgumentException("RandomFactor must be between 0.0 and 1.0");
            IBackoffReset reset = _reset ?? new AutoReset(minBackoff);
            if (reset is AutoReset auto && (auto.ResetBackoff < minBackoff || auto.ResetBackoff > maxBackoff))
                throw new ArgumentException("The reset backoff must be between MinBackoff and MaxBackoff");
            return RestartOnFailure
                ? Actor.Props.Create(typeof(BackoffOnRestartSupervisor), childProps, childName, minBackoff, maxBackoff, reset, randomFactor, _strategy, _replyWhileStopped, _finalStopMessage)
                : Actor.Props.Create(typeof(BackoffSupervisor), childProps, childName, minBackoff, maxBackoff, reset, randomFactor, _strategy, _replyWhileStopped, _finalStopMessage);
        }
    }

    public override BackoffOptions WithAutoReset(TimeSpan resetBackoff) => With(copy => copy._reset = new AutoReset(resetBackoff));

    public override BackoffOptions WithDefaultStoppingStrategy() =>
        With(copy => copy._strategy = new OneForOneStrategy(_strategy.MaxNumberOfRetries, _strategy.WithinTimeRangeMilliseconds, static _ => Directive.Stop));

    public override BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage) => With(copy => copy._finalStopMessage = isFinalStopMessage);

    public override BackoffOptions WithManualReset() => With(static copy => copy._reset = new ManualReset());

    public override BackoffOptions WithMaxNrOfRetries(int maxNrOfRetries) => With(copy => copy._strategy = _strategy.WithMaxNrOfRetries(maxNrOfRetries));

    public override BackoffOptions WithReplyWhileStopped(object replyWhileStopped) => With(copy => copy._replyWhileStopped = replyWhileStopped);

    public override BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy) => With(copy => copy._strategy = supervisorStrategy);

    private BackoffSettings With(Action<BackoffSettings> change)
    {
        var copy = (BackoffSettings)MemberwiseClone();
        change(copy);
        return copy;
    }
}
