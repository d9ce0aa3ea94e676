using System.Diagnostics.CodeAnalysis;

namespace Akka.Configuration;

/// <content>The typed readers. Each returns its default when there is nothing at the path, and throws <see cref="ConfigurationException"/> when what is there has another type.</content>
public partial class Config
{
    /// <summary>true, false, on, off, yes or no.</summary>
    public virtual bool GetBoolean(string path, bool @default = false) => Read(path, @default, static value => value.GetBoolean());

    public virtual int GetInt(string path, int @default = 0) => Read(path, @default, static value => value.GetInt());

    public virtual long GetLong(string path, long @default = 0) => Read(path, @default, static value => value.GetLong());

    public virtual float GetFloat(string path, float @default = 0) => Read(path, @default, static value => value.GetFloat());

    public virtual double GetDouble(string path, double @default = 0) => Read(path, @default, static value => value.GetDouble());

    public virtual decimal GetDecimal(string path, decimal @default = 0) => Read(path, @default, static value => value.GetDecimal());

    [return: NotNullIfNotNull(nameof(@default))]
    public virtual string? GetString(string path, string? @default = null) => Read(path, @default, static value => value.GetString());

    /// <summary>A number of bytes such as <c>512</c>, <c>64KiB</c> (1,024) or <c>64kB</c> (1,000); null when there is none.</summary>
    public virtual long? GetByteSize(string path) => GetByteSize(path, null);

    /// <summary>A number of bytes such as <c>512</c>, <c>64KiB</c> (1,024) or <c>64kB</c> (1,000).</summary>
    public virtual long? GetByteSize(string path, long? def = null) => Read(path, def, static value => value.GetByteSize());

    /// <summary>A duration such as <c>10s</c>; a number without a unit counts milliseconds; <c>infinite</c> is -1 ms. Zero when there is none and no default.</summary>
    public virtual TimeSpan GetTimeSpan(string path, TimeSpan? @default = null, bool allowInfinite = true) =>
        Read(path, @default ?? TimeSpan.Zero, allowInfinite ? static value => value.GetTimeSpan() : static value => value.GetTimeSpan(false));

    public virtual IList<bool> GetBooleanList(string path) => Read(path, (IList<bool>)[], static value => value.GetBooleanList());

    public virtual IList<byte> GetByteList(string path) => Read(path, (IList<byte>)[], static value => value.GetByteList());

    public virtual IList<int> GetIntList(string path) => Read(path, (IList<int>)[], static value => value.GetIntList());

    public virtual IList<long> GetLongList(string path) => Read(path, (IList<long>)[], static value => value.GetLongList());

    public virtual IList<float> GetFloatList(string path) => Read(path, (IList<float>)[], static value => value.GetFloatList());

    public virtual IList<double> GetDoubleList(string path) => Read(path, (IList<double>)[], static value => value.GetDoubleList());

    public virtual IList<decimal> GetDecimalList(string path) => Read(path, (IList<decimal>)[], static value => value.GetDecimalList());

    public virtual IList<string> GetStringList(string path) => GetStringList(path, []);

    public virtual IList<string> GetStringList(string path, string[] defaultPaths) => Read(path, (IList<string>)defaultPaths, static value => value.GetStringList());
}
