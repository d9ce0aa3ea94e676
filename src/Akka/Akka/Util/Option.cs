#nullable disable
namespace Akka.Util;

/// <summary>A value that may be absent; a present value may not be null.</summary>
public readonly struct Option<T>
{
    /// <summary>No value.</summary>
    public static readonly Option<T> None = default;

    /// <summary>Wraps <paramref name="value"/>; null counts as no value.</summary>
    public Option(T value)
    {
        Value = value;
        HasValue = value is not null;
    }

    /// <summary>True if there is a value.</summary>
    public bool HasValue { get; }

    /// <summary>True if there is none.</summary>
    public bool IsEmpty => !HasValue;

    /// <summary>The value, or the type's default if there is none.</summary>
    public T Value { get; }

    /// <summary>Wraps <paramref name="value"/>.</summary>
    public static Option<T> Create(T value) => new(value);

    public static implicit operator Option<T>(T value) => new(value);

    public static bool operator ==(Option<T> left, Option<T> right) => left.Equals(right);

    public static bool operator !=(Option<T> left, Option<T> right) => !left.Equals(right);

    public bool Equals(Option<T> other) =>
        HasValue == other.HasValue && EqualityComparer<T>.Default.Equals(Value, other.Value);

    public override bool Equals(object obj) => obj is Option<T> other && Equals(other);

    public override int GetHashCode() => HasValue ? EqualityComparer<T>.Default.GetHashCode(Value) : 0;

    /// <summary>Maps the value to another option.</summary>
    public Option<TNew> FlatSelect<TNew>(Func<T, Option<TNew>> mapper) => HasValue ? mapper(Value) : Option<TNew>.None;

    /// <summary>The value, or <paramref name="fallbackValue"/> if there is none.</summary>
    public T GetOrElse(T fallbackValue) => HasValue ? Value : fallbackValue;

    /// <summary>Runs <paramref name="action"/> with the value if there is one.</summary>
    public void OnSuccess(Action<T> action)
    {
        if (HasValue) action(Value);
    }

    /// <summary>Maps the value.</summary>
    public Option<TNew> Select<TNew>(Func<T, TNew> selector) => HasValue ? selector(Value) : Option<TNew>.None;

    public override string ToString() => HasValue ? $"Some<{Value}>" : "None";
}
