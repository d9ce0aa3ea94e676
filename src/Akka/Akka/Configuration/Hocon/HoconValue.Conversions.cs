using System.Globalization;

namespace Akka.Configuration.Hocon;

/// <content>Reading the value as a type. Every failure says where the value was written, what was expected and what was found.</content>
public partial class HoconValue
{
    /// <summary>The text; null for HOCON's null.</summary>
    public string? GetString()
    {
        if (PartCount == 0)
            return null;
        if (!IsString())
            throw Expected("a single value");
        return PartCount == 1 ? Part(0).GetString() : string.Concat(Values.Select(part => part.GetString()));
    }

    /// <summary>true, false, on, off, yes or no.</summary>
    public bool GetBoolean() => Text("a boolean") switch
    {
        "true" or "on" or "yes" => true,
        "false" or "off" or "no" => false,
        var text when text.Equals("true", StringComparison.OrdinalIgnoreCase) => true,
        var text when text.Equals("false", StringComparison.OrdinalIgnoreCase) => false,
        _ => throw Expected("a boolean (true, false, on, off, yes, no)"),
    };

    /// <summary>A whole number; <c>0x</c> starts a hexadecimal one.</summary>
    public int GetInt() => Whole(int.MinValue, int.MaxValue) is { } number ? (int)number : throw Expected("a whole number of 32 bits");

    /// <summary>A whole number; <c>0x</c> starts a hexadecimal one.</summary>
    public long GetLong() => Whole(long.MinValue, long.MaxValue) ?? throw Expected("a whole number of 64 bits");

    /// <summary>A whole number from 0 to 255.</summary>
    public byte GetByte() => Whole(byte.MinValue, byte.MaxValue) is { } number ? (byte)number : throw Expected("a whole number from 0 to 255");

    public double GetDouble() =>
        double.TryParse(Text("a number"), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Expected("a number");

    public float GetFloat() =>
        float.TryParse(Text("a number"), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Expected("a number");

    public decimal GetDecimal() =>
        decimal.TryParse(Text("a number"), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Expected("a number");

    /// <summary>A duration such as <c>10s</c>, <c>1.5 minutes</c> or <c>infinite</c> (-1 ms); a number without a unit counts milliseconds.</summary>
    public TimeSpan GetTimeSpan(bool allowInfinite = true)
    {
        var text = Text("a duration");
        if (allowInfinite && text == "infinite")
            return Timeout.InfiniteTimeSpan;
        return HoconUnits.TryDuration(text, out var duration) ? duration
            : throw Expected(allowInfinite ? "a duration (500ms, 10s, 5 minutes, 2h, 7 days, infinite)" : "a duration (500ms, 10s, 5 minutes, 2h, 7 days)");
    }

    /// <summary>A number of bytes such as <c>512</c>, <c>64KiB</c> (1,024) or <c>64kB</c> (1,000).</summary>
    public long? GetByteSize() =>
        IsNull ? null : HoconUnits.TryBytes(Text("a size"), out var bytes) ? bytes : throw Expected("a size in bytes (512, 64KiB, 10MB, 1GiB)");

    /// <summary>The elements of a list, or of an object whose keys are numbers, in their order.</summary>
    public IList<HoconValue> GetArray()
    {
        if (PartCount == 1 && Part(0) is HoconArray array)
            return array;
        if (IsNull)
            return [];
        if (IsArray())
            return [.. Values.SelectMany(part => part.GetArray())];
        if (GetObject() is { } fields && fields.Items.Keys.All(key => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            return [.. fields.Items.OrderBy(item => int.Parse(item.Key, CultureInfo.InvariantCulture)).Select(item => item.Value)];
        throw Expected("a list");
    }

    public IList<string> GetStringList() => [.. GetArray().Select(item => item.GetString()!)];

    public IList<bool> GetBooleanList() => [.. GetArray().Select(item => item.GetBoolean())];

    public IList<byte> GetByteList() => [.. GetArray().Select(item => item.GetByte())];

    public IList<int> GetIntList() => [.. GetArray().Select(item => item.GetInt())];

    public IList<long> GetLongList() => [.. GetArray().Select(item => item.GetLong())];

    public IList<float> GetFloatList() => [.. GetArray().Select(item => item.GetFloat())];

    public IList<double> GetDoubleList() => [.. GetArray().Select(item => item.GetDouble())];

    public IList<decimal> GetDecimalList() => [.. GetArray().Select(item => item.GetDecimal())];

    private string Text(string expected) => IsString() && GetString() is { } text ? text : throw Expected(expected);

    private long? Whole(long min, long max)
    {
        var text = Text("a whole number").AsSpan().Trim();
        var parsed = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        return parsed && number >= min && number <= max ? number : null;
    }

    private ConfigurationException Expected(string what)
    {
        var found = IsNull ? "null" : IsObject() ? "an object" : IsArray() ? "a list" : $"\"{GetString()}\"";
        return Origin.Error($"expected {what}, found {found}.");
    }
}
