#nullable disable
using System.Globalization;

namespace Akka.Util;

/// <summary>
/// Version of an application: up to three numbers, then optionally "-" and a pre-release ("1.2.0-RC1", older than 1.2.0) or "+" and
/// a build ("1.2.0+3-abc", newer than 1.2.0). What has another form is compared as text after all that have this one.
/// </summary>
public class AppVersion : IComparable<AppVersion>, IEquatable<AppVersion>
{
    /// <summary>The version of what says none.</summary>
    public static readonly AppVersion Zero = new("0.0.0");

    private readonly int[] _numbers;
    private readonly string _rest;

    private AppVersion(string version)
    {
        Version = version;
        var end = version.AsSpan().IndexOfAny('-', '+', ' ');
        var parts = (end < 0 ? version : version[..end]).Split('.');
        var numbers = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts.Length <= 4 && int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])) continue;
            _numbers = null;
            _rest = version;
            return;
        }

        _numbers = numbers;
        _rest = end < 0 ? "" : version[end..];
    }

    /// <summary>As it was given.</summary>
    public string Version { get; }

    public static bool operator ==(AppVersion first, AppVersion second) => Equals(first, second);

    public static bool operator !=(AppVersion first, AppVersion second) => !Equals(first, second);

    /// <exception cref="ArgumentException">It is null or empty.</exception>
    public static AppVersion Create(string version)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(version);
        return new AppVersion(version);
    }

    public int CompareTo(AppVersion other)
    {
        if (other is null) return 1;
        if (_numbers is null || other._numbers is null)
            return _numbers is null && other._numbers is null ? string.CompareOrdinal(_rest, other._rest) : _numbers is null ? 1 : -1;
        for (var i = 0; i < Math.Max(_numbers.Length, other._numbers.Length); i++)
        {
            var difference = Part(i).CompareTo(other.Part(i));
            if (difference != 0) return difference;
        }

        var kind = Kind.CompareTo(other.Kind);
        return kind != 0 ? kind : string.CompareOrdinal(_rest, other._rest);
    }

    public bool Equals(AppVersion other) => CompareTo(other) == 0;

    public override bool Equals(object obj) => obj is AppVersion other && Equals(other);

    public override int GetHashCode()
    {
        if (_numbers is null) return _rest.GetHashCode();
        var hash = new HashCode();
        for (var i = 0; i < 4; i++) hash.Add(Part(i));
        hash.Add(_rest);
        return hash.ToHashCode();
    }

    public override string ToString() => Version;

    /// <summary>A pre-release comes before the version, a build after it.</summary>
    private int Kind => _rest.Length == 0 ? 0 : _rest[0] == '+' ? 1 : -1;

    private int Part(int i) => i < _numbers.Length ? _numbers[i] : 0;
}
