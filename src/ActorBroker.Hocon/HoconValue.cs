namespace ActorBroker.Hocon;

/// <summary>
/// A value: text, a list, an object or null. While a document is being read it may consist of several parts (a concatenation) with substitutions
/// among them; afterwards there is exactly one part.
/// </summary>
public sealed class HoconValue
{
    private List<IHoconElement> parts;

    internal HoconValue(IHoconElement only, HoconOrigin origin)
        : this([only], origin)
    {
    }

    internal HoconValue(List<IHoconElement> parts, HoconOrigin origin)
    {
        this.parts = parts;
        Origin = origin;
    }

    /// <summary>Where the value was written.</summary>
    public HoconOrigin Origin { get; }

    /// <summary>Whether this is HOCON's null.</summary>
    public bool IsNull => Element is null or HoconLiteral { Text: null };

    /// <summary>The text of a string, number or boolean; null when this is something else.</summary>
    public string? Text => (Element as HoconLiteral)?.Text;

    /// <summary>The elements of a list; null when this is something else.</summary>
    public IReadOnlyList<HoconValue>? List => Element as HoconList;

    /// <summary>The object; null when this is something else.</summary>
    public HoconObject? Object => Element as HoconObject;

    /// <summary>Empty when all the parts were optional substitutions that found nothing.</summary>
    internal IReadOnlyList<IHoconElement> Parts => parts;

    /// <summary>The only part; null when there are none or several.</summary>
    internal IHoconElement? Element => parts.Count == 1 ? parts[0] : null;

    /// <summary>What was written at the same path before, as long as it still matters.</summary>
    internal HoconValue? Previous { get; init; }

    internal bool NeedsResolving { get; set; }

    internal bool IsResolving { get; set; }

    internal bool IsTreeResolved { get; set; }

    /// <summary>As HOCON that reads back the same.</summary>
    public override string ToString() => HoconPrinter.Print(this);

    internal HoconValue WithPrevious(HoconValue lower)
    {
        var bottom = Previous is null || ReferenceEquals(Previous, lower) ? lower : HoconMerge.Over(lower, Previous);
        return new HoconValue(parts, Origin) { NeedsResolving = true, Previous = bottom };
    }

    internal void SetResolved(IHoconElement? content)
    {
        parts = content is null ? [] : [content];
        NeedsResolving = false;
        IsResolving = false;
    }
}
