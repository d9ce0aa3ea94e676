#nullable disable
using System.Reflection;
using Akka.Actor.Internal;
using Akka.Event;
using Akka.Util;

namespace Akka.Actor;

/// <summary>How a supervisor treats its children's failures.</summary>
public abstract class SupervisorStrategy : ISurrogated
{
    /// <summary>Stops actors that could not start or were killed, restarts all others.</summary>
    public static IDecider DefaultDecider = Actor.Decider.From(
        Directive.Restart,
        Directive.Stop.When<ActorInitializationException>(),
        Directive.Stop.When<ActorKilledException>(),
        Directive.Stop.When<DeathPactException>());

    /// <summary>One for one with <see cref="DefaultDecider"/>, any number of restarts.</summary>
    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    /// <summary>One for one, every failure stops the child.</summary>
    public static readonly OneForOneStrategy StoppingStrategy = new(static _ => Directive.Stop);

    /// <summary>What decides.</summary>
    public abstract IDecider Decider { get; }

    /// <summary>True if failures are logged.</summary>
    protected bool LoggingEnabled { get; set; } = true;

    /// <summary>Called when a child has stopped.</summary>
    public abstract void HandleChildTerminated(IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children);

    /// <summary>Handles a failure; false escalates it.</summary>
    public bool HandleFailure(ActorCell actorCell, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children)
    {
        Directive directive = Handle(child, cause);
        switch (directive)
        {
            case Directive.Escalate:
                return false;
            case Directive.Resume:
                LogFailure(actorCell, child, cause, directive);
                ResumeChild(child, cause);
                return true;
            case Directive.Restart:
            case Directive.Stop:
                LogFailure(actorCell, child, cause, directive);
                ProcessFailure(actorCell, directive == Directive.Restart, child, cause, stats, children);
                return true;
            default:
                throw new InvalidOperationException($"Unknown directive [{directive}]");
        }
    }

    /// <summary>Restarts or stops what the strategy covers.</summary>
    public abstract void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children);

    public abstract ISurrogate ToSurrogate(ActorSystem system);

    /// <summary>Decides.</summary>
    protected abstract Directive Handle(IActorRef child, Exception exception);

    /// <summary>Publishes the failure: an error, or a warning if the child just resumes.</summary>
    protected virtual void LogFailure(IActorContext context, IActorRef child, Exception cause, Directive directive)
    {
        if (!LoggingEnabled) return;
        Exception inner = cause is ActorInitializationException { InnerException: { } root } ? root : cause;
        var message = inner is TargetInvocationException { InnerException: { } thrown } ? thrown.Message : inner.Message;
        LogEvent log = directive == Directive.Resume
            ? new Warning(inner, child.Path.ToString(), GetType(), message)
            : new Error(cause, child.Path.ToString(), GetType(), message);
        try
        {
            context.System.EventStream.Publish(log);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A broken logger must not change the decision.
        }
    }

    /// <summary>Restarts a child.</summary>
    protected void RestartChild(IActorRef child, Exception cause, bool suspendFirst)
    {
        var actor = (IInternalActorRef)child;
        if (suspendFirst) actor.Suspend();
        actor.Restart(cause);
    }

    /// <summary>Resumes a child.</summary>
    protected void ResumeChild(IActorRef child, Exception exception) => ((IInternalActorRef)child).Resume(exception);
}

/// <summary>Only the child that failed is restarted or stopped.</summary>
public class OneForOneStrategy : SupervisorStrategy, IEquatable<OneForOneStrategy>
{
    /// <param name="maxNrOfRetries">Restarts within the range before the child is stopped; null or negative for any number.</param>
    /// <param name="withinTimeRange">The range; null for one without end.</param>
    /// <param name="localOnlyDecider">What decides.</param>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries, withinTimeRange, new LocalOnlyDecider(localOnlyDecider))
    {
    }

    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : this(maxNrOfRetries ?? -1, Milliseconds(withinTimeRange), decider)
    {
    }

    public OneForOneStrategy(int maxNrOfRetries, int withinTimeMilliseconds, Func<Exception, Directive> localOnlyDecider, bool loggingEnabled = true)
        : this(maxNrOfRetries, withinTimeMilliseconds, new LocalOnlyDecider(localOnlyDecider), loggingEnabled)
    {
    }

    public OneForOneStrategy(int maxNrOfRetries, int withinTimeMilliseconds, IDecider decider, bool loggingEnabled = true)
    {
        MaxNumberOfRetries = maxNrOfRetries;
        WithinTimeRangeMilliseconds = withinTimeMilliseconds;
        Decider = decider;
        LoggingEnabled = loggingEnabled;
    }

    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(-1, -1, localOnlyDecider)
    {
    }

    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider, bool loggingEnabled = true)
        : this(-1, -1, localOnlyDecider, loggingEnabled)
    {
    }

    public OneForOneStrategy(IDecider decider)
        : this(-1, -1, decider)
    {
    }

    protected OneForOneStrategy()
        : this(DefaultDecider)
    {
    }

    public override IDecider Decider { get; }

    /// <summary>Restarts within the range before the child is stopped; negative for any number.</summary>
    public int MaxNumberOfRetries { get; }

    /// <summary>The range in milliseconds; not positive for one without end.</summary>
    public int WithinTimeRangeMilliseconds { get; }

    /// <summary>The strategy with another limit.</summary>
    public OneForOneStrategy WithMaxNrOfRetries(int maxNrOfRetries) => new(maxNrOfRetries, WithinTimeRangeMilliseconds, Decider, LoggingEnabled);

    public bool Equals(OneForOneStrategy other) => other is not null && MaxNumberOfRetries == other.MaxNumberOfRetries
        && WithinTimeRangeMilliseconds == other.WithinTimeRangeMilliseconds && Equals(Decider, other.Decider);

    public override bool Equals(object obj) => Equals(obj as OneForOneStrategy);

    public override int GetHashCode() => HashCode.Combine(MaxNumberOfRetries, WithinTimeRangeMilliseconds, Decider);

    public override void HandleChildTerminated(IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children)
    {
    }

    public override void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children)
    {
        if (restart && stats.RequestRestartPermission(MaxNumberOfRetries, WithinTimeRangeMilliseconds)) RestartChild(child, cause, suspendFirst: false);
        else context.Stop(child);
    }

    public override ISurrogate ToSurrogate(ActorSystem system) => new OneForOneStrategySurrogate
    {
        Decider = Decider,
        LoggingEnabled = LoggingEnabled,
        MaxNumberOfRetries = MaxNumberOfRetries,
        WithinTimeRangeMilliseconds = WithinTimeRangeMilliseconds,
    };

    protected override Directive Handle(IActorRef child, Exception exception) => Decider.Decide(exception);

    internal static int Milliseconds(TimeSpan? range) => range is { } set ? (int)Math.Min(set.TotalMilliseconds, int.MaxValue) : -1;

    /// <summary>What a serialiser writes for the strategy.</summary>
    public class OneForOneStrategySurrogate : ISurrogate
    {
        public IDecider Decider { get; set; }

        public bool LoggingEnabled { get; set; }

        public int MaxNumberOfRetries { get; set; }

        public int WithinTimeRangeMilliseconds { get; set; }

        public ISurrogated FromSurrogate(ActorSystem system) =>
            new OneForOneStrategy(MaxNumberOfRetries, WithinTimeRangeMilliseconds, Decider, LoggingEnabled);
    }
}

/// <summary>All children are restarted or stopped when one fails.</summary>
public class AllForOneStrategy : SupervisorStrategy, IEquatable<AllForOneStrategy>
{
    /// <param name="maxNrOfRetries">Restarts within the range before all are stopped; null or negative for any number.</param>
    /// <param name="withinTimeRange">The range; null for one without end.</param>
    /// <param name="localOnlyDecider">What decides.</param>
    public AllForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries, withinTimeRange, new LocalOnlyDecider(localOnlyDecider))
    {
    }

    public AllForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : this(maxNrOfRetries ?? -1, OneForOneStrategy.Milliseconds(withinTimeRange), decider)
    {
    }

    public AllForOneStrategy(int maxNrOfRetries, int withinTimeMilliseconds, Func<Exception, Directive> localOnlyDecider, bool loggingEnabled = true)
        : this(maxNrOfRetries, withinTimeMilliseconds, new LocalOnlyDecider(localOnlyDecider), loggingEnabled)
    {
    }

    public AllForOneStrategy(int maxNrOfRetries, int withinTimeMilliseconds, IDecider decider, bool loggingEnabled = true)
    {
        MaxNumberOfRetries = maxNrOfRetries;
        WithinTimeRangeMilliseconds = withinTimeMilliseconds;
        Decider = decider;
        LoggingEnabled = loggingEnabled;
    }

    public AllForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(-1, -1, localOnlyDecider)
    {
    }

    public AllForOneStrategy(IDecider decider)
        : this(-1, -1, decider)
    {
    }

    protected AllForOneStrategy()
        : this(DefaultDecider)
    {
    }

    public override IDecider Decider { get; }

    /// <inheritdoc cref="OneForOneStrategy.MaxNumberOfRetries"/>
    public int MaxNumberOfRetries { get; }

    /// <inheritdoc cref="OneForOneStrategy.WithinTimeRangeMilliseconds"/>
    public int WithinTimeRangeMilliseconds { get; }

    public bool Equals(AllForOneStrategy other) => other is not null && MaxNumberOfRetries == other.MaxNumberOfRetries
        && WithinTimeRangeMilliseconds == other.WithinTimeRangeMilliseconds && Equals(Decider, other.Decider);

    public override bool Equals(object obj) => Equals(obj as AllForOneStrategy);

    public override int GetHashCode() => HashCode.Combine(MaxNumberOfRetries, WithinTimeRangeMilliseconds, Decider);

    public override void HandleChildTerminated(IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children)
    {
    }

    public override void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children)
    {
        if (children.Count == 0) return;
        if (restart && children.All(c => c.RequestRestartPermission(MaxNumberOfRetries, WithinTimeRangeMilliseconds)))
        {
            foreach (ChildRestartStats one in children) RestartChild(one.Child, cause, suspendFirst: !child.Equals(one.Child));
        }
        else
        {
            foreach (ChildRestartStats one in children) context.Stop(one.Child);
        }
    }

    public override ISurrogate ToSurrogate(ActorSystem system) => new AllForOneStrategySurrogate
    {
        Decider = Decider,
        LoggingEnabled = LoggingEnabled,
        MaxNumberOfRetries = MaxNumberOfRetries,
        WithinTimeRangeMilliseconds = WithinTimeRangeMilliseconds,
    };

    protected override Directive Handle(IActorRef child, Exception exception) => Decider.Decide(exception);

    /// <summary>What a serialiser writes for the strategy.</summary>
    public class AllForOneStrategySurrogate : ISurrogate
    {
        public IDecider Decider { get; set; }

        public bool LoggingEnabled { get; set; }

        public int MaxNumberOfRetries { get; set; }

        public int WithinTimeRangeMilliseconds { get; set; }

        public ISurrogated FromSurrogate(ActorSystem system) =>
            new AllForOneStrategy(MaxNumberOfRetries, WithinTimeRangeMilliseconds, Decider, LoggingEnabled);
    }
}

/// <summary>Makes the strategy of the user guardian, akka.actor.guardian-supervisor-strategy.</summary>
public abstract class SupervisorStrategyConfigurator
{
    /// <summary>Makes a configurator by the name of its type.</summary>
    public static SupervisorStrategyConfigurator CreateConfigurator(string typeName)
    {
        Type type = Type.GetType(typeName, throwOnError: false)
            ?? throw new Configuration.ConfigurationException($"Could not resolve SupervisorStrategyConfigurator type {typeName}");
        return (SupervisorStrategyConfigurator)Activator.CreateInstance(type);
    }

    /// <summary>Makes the strategy.</summary>
    public abstract SupervisorStrategy Create();
}

/// <summary>The default strategy.</summary>
public class DefaultSupervisorStrategy : SupervisorStrategyConfigurator
{
    public override SupervisorStrategy Create() => SupervisorStrategy.DefaultStrategy;
}

/// <summary>The stopping strategy.</summary>
public class StoppingSupervisorStrategy : SupervisorStrategyConfigurator
{
    public override SupervisorStrategy Create() => SupervisorStrategy.StoppingStrategy;
}
