#nullable disable
using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>
/// Counts the changes that each node made, so that two versions can be compared: one has seen all that the other has, or both have something that
/// the other has not (Fidge 1988, Mattern 1989).
/// </summary>
public sealed class VectorClock
{
    private static readonly VectorClock Empty = new(ImmutableSortedDictionary<Node, long>.Empty);

    private VectorClock(ImmutableSortedDictionary<Node, long> versions) => Versions = versions;

    /// <summary>How one version relates to another.</summary>
    public enum Ordering
    {
        After = 0,
        Before = 1,
        Same = 2,
        Concurrent = 3,

        /// <summary>Never a result: as a request it stands for looking at all.</summary>
        FullOrder = 4,
    }

    public ImmutableSortedDictionary<Node, long> Versions { get; }

    public static VectorClock Create() => Empty;

    public static VectorClock Create(ImmutableSortedDictionary<Node, long> seedValues) => new(seedValues);

    public static bool operator ==(VectorClock left, VectorClock right) => Equals(left, right);

    public static bool operator !=(VectorClock left, VectorClock right) => !Equals(left, right);

    public static bool operator <(VectorClock left, VectorClock right) => left.IsBefore(right);

    public static bool operator >(VectorClock left, VectorClock right) => left.IsAfter(right);

    public Ordering CompareTo(VectorClock that)
    {
        if (ReferenceEquals(this, that)) return Ordering.Same;
        bool more = false, less = false;
        foreach ((Node node, var count) in Versions)
        {
            var other = that.Versions.GetValueOrDefault(node);
            more |= count > other;
            less |= count < other;
        }

        less |= that.Versions.Keys.Any(node => !Versions.ContainsKey(node));
        return (more, less) switch
        {
            (true, true) => Ordering.Concurrent,
            (true, false) => Ordering.After,
            (false, true) => Ordering.Before,
            _ => Ordering.Same,
        };
    }

    public override bool Equals(object obj) => obj is VectorClock other && CompareTo(other) == Ordering.Same;

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach ((Node node, var count) in Versions)
        {
            hash.Add(node);
            hash.Add(count);
        }

        return hash.ToHashCode();
    }

    /// <summary>The version after a change by a node.</summary>
    public VectorClock Increment(Node node) => new(Versions.SetItem(node, Versions.GetValueOrDefault(node) + 1));

    public bool IsAfter(VectorClock that) => CompareTo(that) == Ordering.After;

    public bool IsBefore(VectorClock that) => CompareTo(that) == Ordering.Before;

    public bool IsConcurrentWith(VectorClock that) => CompareTo(that) == Ordering.Concurrent;

    public bool IsSameAs(VectorClock that) => CompareTo(that) == Ordering.Same;

    /// <summary>The version that has seen all that both have.</summary>
    public VectorClock Merge(VectorClock that)
    {
        ImmutableSortedDictionary<Node, long>.Builder merged = that.Versions.ToBuilder();
        foreach ((Node node, var count) in Versions)
            if (count > merged.GetValueOrDefault(node)) merged[node] = count;
        return new VectorClock(merged.ToImmutable());
    }

    /// <summary>The version without a node that is no member any more.</summary>
    public VectorClock Prune(Node removedNode) => Versions.ContainsKey(removedNode) ? new VectorClock(Versions.Remove(removedNode)) : this;

    public override string ToString() => $"VectorClock({string.Join(", ", Versions.Select(static v => $"{v.Key} -> {v.Value}"))})";

    /// <summary>Somebody who makes changes.</summary>
    public class Node : IComparable<Node>
    {
        private readonly string _value;

        public Node(string value) => _value = value;

        public static Node Create(string name) => new(name);

        public static Node FromHash(string hash) => new(hash);

        public int CompareTo(Node other) => string.CompareOrdinal(_value, other?._value);

        public override bool Equals(object obj) => obj is Node other && _value == other._value;

        public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => _value;
    }
}
