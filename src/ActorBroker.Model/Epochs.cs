namespace ActorBroker.Model;

/// <summary>Counts the leaders of a partition; given by the controller. -1 on the wire means "unknown".</summary>
public readonly record struct LeaderEpoch(int Value) : IComparable<LeaderEpoch>
{
    public static LeaderEpoch Unknown => new(-1);

    public int CompareTo(LeaderEpoch other) => Value.CompareTo(other.Value);

    public static bool operator <(LeaderEpoch left, LeaderEpoch right) => left.Value < right.Value;

    public static bool operator >(LeaderEpoch left, LeaderEpoch right) => left.Value > right.Value;

    public static bool operator <=(LeaderEpoch left, LeaderEpoch right) => left.Value <= right.Value;

    public static bool operator >=(LeaderEpoch left, LeaderEpoch right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString();
}

/// <summary>Counts the controllers of the cluster: each one takes a higher epoch than all before it, and what an older one says is refused.</summary>
public readonly record struct ControllerEpoch(int Value) : IComparable<ControllerEpoch>
{
    /// <summary>No controller yet: the epoch before an empty journal, below that of every controller.</summary>
    public static ControllerEpoch None => default;

    public ControllerEpoch Next => new(Value + 1);

    public int CompareTo(ControllerEpoch other) => Value.CompareTo(other.Value);

    public static ControllerEpoch Max(ControllerEpoch left, ControllerEpoch right) => left > right ? left : right;

    public static bool operator <(ControllerEpoch left, ControllerEpoch right) => left.Value < right.Value;

    public static bool operator >(ControllerEpoch left, ControllerEpoch right) => left.Value > right.Value;

    public static bool operator <=(ControllerEpoch left, ControllerEpoch right) => left.Value <= right.Value;

    public static bool operator >=(ControllerEpoch left, ControllerEpoch right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString();
}

/// <summary>Counts the changes of a partition's state (leader, ISR, replicas) at the controller.</summary>
public readonly record struct PartitionEpoch(int Value);

/// <summary>Counts the registrations of a broker.</summary>
public readonly record struct BrokerEpoch(long Value);

/// <summary>Fences older instances of a producer with the same id.</summary>
public readonly record struct ProducerEpoch(short Value)
{
    public static ProducerEpoch None => new(-1);
}
