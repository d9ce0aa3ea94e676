#nullable disable
namespace Akka.Actor.Internal;

/// <summary>What a supervisor knows of a child.</summary>
public interface IChildStats
{
}

/// <summary>A name that is taken by a child being created.</summary>
public class ChildNameReserved : IChildStats
{
    private ChildNameReserved()
    {
    }

    /// <summary>The only instance.</summary>
    public static ChildNameReserved Instance { get; } = new();

    public override string ToString() => "Name";
}

/// <summary>A child and how often it was restarted lately.</summary>
public class ChildRestartStats : IChildStats
{
    public ChildRestartStats(IInternalActorRef child, uint maxNrOfRetriesCount = 0, long restartTimeWindowStartTicks = 0)
    {
        Child = child;
        MaxNrOfRetriesCount = maxNrOfRetriesCount;
        RestartTimeWindowStartTicks = restartTimeWindowStartTicks;
    }

    /// <summary>The child.</summary>
    public IInternalActorRef Child { get; }

    /// <summary>Restarts within the window.</summary>
    public uint MaxNrOfRetriesCount { get; private set; }

    /// <summary>Begin of the window in ticks of the monotonic clock, 0 before the first restart.</summary>
    public long RestartTimeWindowStartTicks { get; private set; }

    /// <summary>Incarnation of the child.</summary>
    public long Uid => Child.Path.Uid;

    /// <summary>Counts a restart; false if it would be one too many.</summary>
    /// <param name="maxNrOfRetries">Most restarts, negative for any number.</param>
    /// <param name="withinTimeMilliseconds">Length of the window, not positive for one without end.</param>
    public bool RequestRestartPermission(int maxNrOfRetries, int withinTimeMilliseconds)
    {
        if (maxNrOfRetries == 0) return false;
        if (withinTimeMilliseconds <= 0) return maxNrOfRetries < 0 || ++MaxNrOfRetriesCount <= maxNrOfRetries;

        // A window without a count allows one restart.
        var most = maxNrOfRetries < 0 ? 1 : (uint)maxNrOfRetries;
        var now = MonotonicTime.Now.Ticks;
        if (RestartTimeWindowStartTicks == 0) RestartTimeWindowStartTicks = now;
        if (now - RestartTimeWindowStartTicks <= withinTimeMilliseconds * TimeSpan.TicksPerMillisecond) return ++MaxNrOfRetriesCount <= most;
        MaxNrOfRetriesCount = 1;
        RestartTimeWindowStartTicks = now;
        return true;
    }
}

/// <summary>The children of an actor.</summary>
public interface IChildrenContainer
{
    IReadOnlyCollection<IInternalActorRef> Children { get; }

    /// <summary>True while children may be created and nothing waits for their end.</summary>
    bool IsNormal { get; }

    /// <summary>True once the actor is stopping.</summary>
    bool IsTerminating { get; }

    IReadOnlyCollection<ChildRestartStats> Stats { get; }

    IChildrenContainer Add(string name, ChildRestartStats stats);

    bool Contains(IActorRef actor);

    IChildrenContainer Remove(IActorRef child);

    IChildrenContainer Reserve(string name);

    IChildrenContainer ShallDie(IActorRef actor);

    bool TryGetByName(string name, out IChildStats stats);

    bool TryGetByRef(IActorRef actor, out ChildRestartStats stats);

    IChildrenContainer Unreserve(string name);
}

/// <summary>Why an actor waits for the end of its children.</summary>
public abstract class SuspendReason
{
    /// <summary>User messages wait too.</summary>
    public interface IWaitingForChildren
    {
    }

    /// <summary>A child was stopped by request; nothing waits.</summary>
    public class UserRequest : SuspendReason
    {
        private UserRequest()
        {
        }

        public static UserRequest Instance { get; } = new();
    }

    /// <summary>The actor will be created again.</summary>
    public class Recreation : SuspendReason, IWaitingForChildren
    {
        public Recreation(Exception cause) => Cause = cause;

        public Exception Cause { get; }
    }

    /// <summary>The actor will be created.</summary>
    public class Creation : SuspendReason, IWaitingForChildren
    {
    }

    /// <summary>The actor stops.</summary>
    public class Termination : SuspendReason
    {
        private Termination()
        {
        }

        public static Termination Instance { get; } = new();
    }
}

/// <summary>
/// Children by name, made with the first child. The actor changes it; others look children up in it and the guardians'
/// are changed from any thread, hence the lock.
/// </summary>
internal sealed class ActorChildren : IChildrenContainer
{
    private readonly Dictionary<string, IChildStats> _byName = [];
    private HashSet<IActorRef> _dying;
    private bool _terminated;
    private long _names;

    /// <summary>What waits for the dying children; null if nothing does.</summary>
    public SuspendReason Reason { get; private set; }

    public IReadOnlyCollection<IInternalActorRef> Children
    {
        get
        {
            lock (_byName) return [.. _byName.Values.OfType<ChildRestartStats>().Select(static stats => stats.Child)];
        }
    }

    public bool IsNormal => !_terminated && Reason is null or SuspendReason.UserRequest;

    public bool IsTerminating => _terminated || Reason is SuspendReason.Termination;

    public IReadOnlyCollection<ChildRestartStats> Stats
    {
        get
        {
            lock (_byName) return [.. _byName.Values.OfType<ChildRestartStats>()];
        }
    }

    public bool IsEmpty
    {
        get
        {
            lock (_byName) return _byName.Count == 0;
        }
    }

    /// <summary>True if what waits for children has none to wait for.</summary>
    public bool NobodyIsDying => _dying is not { Count: > 0 };

    public string NextRandomName() => NameEncoding.Random(Interlocked.Increment(ref _names) - 1);

    public IChildrenContainer Add(string name, ChildRestartStats stats)
    {
        lock (_byName) _byName[name] = stats;
        return this;
    }

    public bool Contains(IActorRef actor) => TryGetByRef(actor, out _);

    public IChildrenContainer Remove(IActorRef child)
    {
        lock (_byName)
        {
            if (TryGetByRef(child, out _)) _byName.Remove(child.Path.Name);
            _dying?.Remove(child);
        }

        return this;
    }

    public IChildrenContainer Reserve(string name)
    {
        lock (_byName)
        {
            if (IsTerminating) throw new InvalidOperationException($"Cannot reserve actor name [{name}]: terminating");
            if (!_byName.TryAdd(name, ChildNameReserved.Instance)) throw new InvalidActorNameException($"Actor name \"{name}\" is not unique!");
        }

        return this;
    }

    public IChildrenContainer ShallDie(IActorRef actor)
    {
        lock (_byName)
        {
            (_dying ??= []).Add(actor);
            Reason ??= SuspendReason.UserRequest.Instance;
        }

        return this;
    }

    public bool TryGetByName(string name, out IChildStats stats)
    {
        lock (_byName) return _byName.TryGetValue(name, out stats);
    }

    public bool TryGetByRef(IActorRef actor, out ChildRestartStats stats)
    {
        lock (_byName)
        {
            stats = _byName.GetValueOrDefault(actor.Path.Name) as ChildRestartStats;
            if (stats is not null && !stats.Child.Equals(actor)) stats = null;
        }

        return stats is not null;
    }

    public IChildrenContainer Unreserve(string name)
    {
        lock (_byName)
        {
            if (_byName.GetValueOrDefault(name) is ChildNameReserved) _byName.Remove(name);
        }

        return this;
    }

    /// <summary>Says why to wait for the dying children; false if there is none.</summary>
    public bool WaitFor(SuspendReason reason)
    {
        lock (_byName)
        {
            if (NobodyIsDying) return false;
            Reason = reason;
            return true;
        }
    }

    /// <summary>Removes a child that has stopped and gives what waited, if this was the last.</summary>
    public SuspendReason RemoveAndGetFinished(IActorRef child)
    {
        lock (_byName)
        {
            Remove(child);
            if (Reason is null || !NobodyIsDying) return null;
            SuspendReason finished = Reason;
            Reason = null;
            return finished;
        }
    }

    /// <summary>The actor has stopped: no child can be created any more.</summary>
    public void Terminate()
    {
        lock (_byName)
        {
            _terminated = true;
            _byName.Clear();
        }
    }
}

/// <summary>The children of an actor that has none yet.</summary>
internal sealed class NoChildren : IChildrenContainer
{
    public static readonly NoChildren Instance = new();

    public IReadOnlyCollection<IInternalActorRef> Children => [];

    public bool IsNormal => true;

    public bool IsTerminating => false;

    public IReadOnlyCollection<ChildRestartStats> Stats => [];

    public IChildrenContainer Add(string name, ChildRestartStats stats) => new ActorChildren().Add(name, stats);

    public bool Contains(IActorRef actor) => false;

    public IChildrenContainer Remove(IActorRef child) => this;

    public IChildrenContainer Reserve(string name) => new ActorChildren().Reserve(name);

    public IChildrenContainer ShallDie(IActorRef actor) => this;

    public bool TryGetByName(string name, out IChildStats stats)
    {
        stats = null;
        return false;
    }

    public bool TryGetByRef(IActorRef actor, out ChildRestartStats stats)
    {
        stats = null;
        return false;
    }

    public IChildrenContainer Unreserve(string name) => this;
}

/// <summary>Names of actors that were not given one: $a, $b and so on, in base 64.</summary>
internal static class NameEncoding
{
    private const string Digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+~";

    public static string Random(long number)
    {
        Span<char> text = stackalloc char[12];
        var length = 0;
        text[length++] = '$';
        do
        {
            text[length++] = Digits[(int)(number & 63)];
            number >>>= 6;
        }
        while (number != 0);
        return new string(text[..length]);
    }
}

/// <summary>The clock of durations.</summary>
internal static class MonotonicTime
{
    /// <summary>Time since the machine started, about.</summary>
    public static TimeSpan Now => System.Diagnostics.Stopwatch.GetElapsedTime(0);
}

/// <summary>The actor that runs on this thread.</summary>
public static class InternalCurrentActorCellKeeper
{
    [ThreadStatic]
    private static ActorCell _current;

    /// <summary>Its cell; null outside actors.</summary>
    public static ActorCell Current
    {
        get => _current;
        set => _current = value;
    }
}
