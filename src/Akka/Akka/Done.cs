#nullable disable
namespace Akka;

/// <summary>The result of work that has none: it is done.</summary>
public sealed class Done
{
    /// <summary>The only instance.</summary>
    public static readonly Done Instance = new();

    private Done()
    {
    }
}

/// <summary>A type argument for what is not used.</summary>
public sealed class NotUsed : IComparable<NotUsed>, IEquatable<NotUsed>
{
    /// <summary>The only instance.</summary>
    public static readonly NotUsed Instance = new();

    private NotUsed()
    {
    }

    public int CompareTo(NotUsed other) => 0;

    public override bool Equals(object obj) => obj is NotUsed;

    public bool Equals(NotUsed other) => true;

    public override int GetHashCode() => 0;

    public override string ToString() => "()";
}
