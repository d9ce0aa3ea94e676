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

/// <summary>Counts the changes of a partition's state (leader, ISR, replicas) at the controller.</summary>
public readonly record struct PartitionEpoch(int Value);

/// <summary>Counts the registrations of a broker.</summary>
public readonly record struct BrokerEpoch(long Value);

/// <summary>Fences older instances of a producer with the same id.</summary>
public readonly record struct ProducerEpoch(short Value)
{
    public static ProducerEpoch None => new(-1);
}
