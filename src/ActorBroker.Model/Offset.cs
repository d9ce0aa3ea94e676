namespace ActorBroker.Model;

/// <summary>A position in a partition's log, counted in records; -1 on the wire means "unknown".</summary>
public readonly record struct Offset(long Value) : IComparable<Offset>
{
    public static Offset Zero => default;

    public static Offset Unknown => new(-1);

    public int CompareTo(Offset other) => Value.CompareTo(other.Value);

    public static Offset operator +(Offset offset, long count) => new(offset.Value + count);

    public static Offset operator -(Offset offset, long count) => new(offset.Value - count);

    /// <summary>The number of offsets from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive).</summary>
    public static long operator -(Offset to, Offset from) => to.Value - from.Value;

    public static bool operator <(Offset left, Offset right) => left.Value < right.Value;

    public static bool operator >(Offset left, Offset right) => left.Value > right.Value;

    public static bool operator <=(Offset left, Offset right) => left.Value <= right.Value;

    public static bool operator >=(Offset left, Offset right) => left.Value >= right.Value;

    public static Offset Min(Offset left, Offset right) => left < right ? left : right;

    public static Offset Max(Offset left, Offset right) => left > right ? left : right;

    public override string ToString() => Value.ToString();
}
