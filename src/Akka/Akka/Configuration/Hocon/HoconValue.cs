namespace Akka.Configuration.Hocon;

/// <summary>
/// A value: one literal, list or object. While a text is being parsed it may consist of several parts (a concatenation) with substitutions
/// among them; after parsing there is exactly one part.
/// </summary>
public partial class HoconValue : IMightBeAHoconObject
{
    private IHoconElement? only;
    private List<IHoconElement>? several;

    public HoconValue()
    {
    }

    public HoconValue(List<IHoconElement> values, bool adoptedFromFallback = true)
    {
        several = values;
        AdoptedFromFallback = adoptedFromFallback;
    }

    internal HoconValue(IHoconElement only, HoconOrigin origin)
    {
        this.only = only;
        Origin = origin;
    }

    internal HoconValue(List<IHoconElement> parts, HoconOrigin origin)
    {
        several = parts;
        Origin = origin;
    }

    /// <summary>Whether there is nothing in it, or only an object without keys.</summary>
    public bool IsEmpty => PartCount == 0 || (SoleObject is { Items.Count: 0 });

    /// <summary>The parts. Changing the list changes the value.</summary>
    public List<IHoconElement> Values
    {
        get
        {
            if (several is null)
            {
                several = only is null ? [] : [only];
                only = null;
            }

            return several;
        }
    }

    /// <summary>Whether the value came out of a fallback.</summary>
    internal bool AdoptedFromFallback { get; }

    /// <summary>Where the value was written. Read by name by programs that report on keys.</summary>
    internal HoconOrigin Origin { get; }

    /// <summary>What was written at the same path before, as long as it still matters.</summary>
    internal HoconValue? Previous { get; set; }

    internal bool NeedsResolving { get; set; }

    internal bool IsResolving { get; set; }

    internal bool IsTreeResolved { get; set; }

    internal int PartCount => several?.Count ?? (only is null ? 0 : 1);

    /// <summary>The object, when that is the only part.</summary>
    internal HoconObject? SoleObject => PartCount == 1 ? Part(0) as HoconObject : null;

    /// <summary>Whether this is HOCON's null, or nothing at all.</summary>
    internal bool IsNull => PartCount == 0 || (PartCount == 1 && Part(0) is HoconLiteral { Value: null });

    internal static HoconValue Of(IHoconElement element) => new(element, default);

    internal IHoconElement Part(int index) => several is null ? only! : several[index];

    internal HoconValue WithPrevious(HoconValue lower)
    {
        var bottom = Previous is null ? lower : ReferenceEquals(Previous, lower) ? lower : HoconMerge.Over(lower, Previous);
        var copy = several is null ? new HoconValue(only!, Origin) : new HoconValue(several, Origin);
        copy.NeedsResolving = true;
        copy.Previous = bottom;
        return copy;
    }

    internal void SetResolved(IHoconElement? content)
    {
        only = content;
        several = null;
        Previous = null;
        NeedsResolving = false;
        IsResolving = false;
    }

    /// <summary>Adds a part.</summary>
    public void AppendValue(IHoconElement value) => Values.Add(value);

    /// <summary>Removes all parts.</summary>
    public void Clear() => Values.Clear();

    /// <summary>Makes <paramref name="value"/> the only part.</summary>
    public void NewValue(IHoconElement value)
    {
        Clear();
        AppendValue(value);
    }

    /// <summary>A configuration in which this value stands under <paramref name="key"/>.</summary>
    public Config AtKey(string key)
    {
        var fields = new HoconObject();
        fields.Items.Add(key, this);
        return new Config(new HoconRoot(Of(fields)));
    }

    /// <summary>This object as a configuration of its own.</summary>
    public Config ToConfig() => new(new HoconRoot(this));

    public bool IsString() => PartCount > 0 && AllParts(static part => part.IsString());

    public bool IsArray() => PartCount > 0 && AllParts(static part => part.IsArray());

    public bool IsObject() => GetObject() is not null;

    /// <summary>The object; null when this is none.</summary>
    public HoconObject? GetObject()
    {
        HoconObject? all = null;
        for (var i = 0; i < PartCount; i++)
        {
            var fields = Part(i) as HoconObject ?? (Part(i) as IMightBeAHoconObject)?.GetObject();
            if (fields is not null)
                all = all is null ? fields : HoconMerge.Over(all, fields);
        }

        return all;
    }

    /// <summary>The value under a key of this object; null when this is none, or has no such key.</summary>
    public HoconValue? GetChildObject(string key) => GetObject()?.GetKey(key);

    public override string ToString() => ToString(0);

    /// <summary>HOCON, indented by <paramref name="indent"/> levels.</summary>
    public virtual string ToString(int indent) => HoconPrinter.Print(this, indent);

    private bool AllParts(Predicate<IHoconElement> test)
    {
        for (var i = 0; i < PartCount; i++)
        {
            if (!test(Part(i)))
                return false;
        }

        return true;
    }
}
