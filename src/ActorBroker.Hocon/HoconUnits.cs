using System.Globalization;

namespace ActorBroker.Hocon;

/// <summary>Durations and sizes with units.</summary>
public static class HoconUnits
{
    /// <summary>A duration; without a unit in milliseconds.</summary>
    public static bool TryDuration(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (!TrySplit(text, out var number, out var unit) || TicksPer(unit) is not { } ticks)
            return false;
        if (Math.Abs(number) > long.MaxValue / Math.Max(ticks, 1))
            return false;
        duration = TimeSpan.FromTicks((long)decimal.Round(number * ticks));
        return true;
    }

    /// <summary>A number of bytes. One letter and ...iB count in 1,024s, ...B in 1,000s.</summary>
    public static bool TryBytes(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 0;
        if (!TrySplit(text, out var number, out var unit) || BytesPer(unit) is not { } factor)
            return false;
        if (Math.Abs(number) > long.MaxValue / factor)
            return false;
        bytes = (long)(number * factor);
        return true;
    }

    private static bool TrySplit(ReadOnlySpan<char> text, out decimal number, out ReadOnlySpan<char> unit)
    {
        text = text.Trim();
        var end = text.Length;
        while (end > 0 && char.IsLetter(text[end - 1]))
            end--;
        unit = text[end..];
        return decimal.TryParse(text[..end].TrimEnd(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }

    private static decimal? TicksPer(ReadOnlySpan<char> unit) => unit switch
    {
        "" or "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => TimeSpan.TicksPerMillisecond,
        "ns" or "nano" or "nanos" or "nanosecond" or "nanoseconds" => 0.01m,
        "us" or "micro" or "micros" or "microsecond" or "microseconds" => TimeSpan.TicksPerMicrosecond,
        "s" or "second" or "seconds" => TimeSpan.TicksPerSecond,
        "m" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
        "h" or "hour" or "hours" => TimeSpan.TicksPerHour,
        "d" or "day" or "days" => TimeSpan.TicksPerDay,
        "w" or "week" or "weeks" => TimeSpan.TicksPerDay * 7,
        _ => null,
    };

    private static decimal? BytesPer(ReadOnlySpan<char> unit) => unit switch
    {
        "" or "b" or "B" or "byte" or "bytes" => 1,
        "k" or "K" or "Ki" or "KiB" or "kibibyte" or "kibibytes" => 1L << 10,
        "m" or "M" or "Mi" or "MiB" or "mebibyte" or "mebibytes" => 1L << 20,
        "g" or "G" or "Gi" or "GiB" or "gibibyte" or "gibibytes" => 1L << 30,
        "t" or "T" or "Ti" or "TiB" or "tebibyte" or "tebibytes" => 1L << 40,
        "p" or "P" or "Pi" or "PiB" or "pebibyte" or "pebibytes" => 1L << 50,
        "e" or "E" or "Ei" or "EiB" or "exbibyte" or "exbibytes" => 1L << 60,
        "kB" or "kilobyte" or "kilobytes" => 1_000,
        "MB" or "megabyte" or "megabytes" => 1_000_000,
        "GB" or "gigabyte" or "gigabytes" => 1_000_000_000,
        "TB" or "terabyte" or "terabytes" => 1_000_000_000_000,
        "PB" or "petabyte" or "petabytes" => 1_000_000_000_000_000,
        "EB" or "exabyte" or "exabytes" => 1_000_000_000_000_000_000,
        _ => null,
    };
}
