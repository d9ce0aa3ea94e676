namespace Akka.Configuration.Hocon;

/// <summary>One value written over another: objects merge key by key, everything else replaces.</summary>
internal static class HoconMerge
{
    /// <summary>The value that results from <paramref name="upper"/> over <paramref name="lower"/>. Neither is changed.</summary>
    public static HoconValue Over(HoconValue? lower, HoconValue upper)
    {
        if (lower is null || ReferenceEquals(lower, upper))
            return upper;
        if (upper.NeedsResolving)
            return upper.WithPrevious(lower);
        if (upper.SoleObject is not { } fields)
            return upper;
        if (lower.NeedsResolving)
            return new HoconValue(fields, upper.Origin) { Previous = lower, NeedsResolving = true };
        return lower.GetObject() is { } below ? new HoconValue(Over(below, fields), upper.Origin) : upper;
    }

    /// <summary>A new object with the keys of both.</summary>
    public static HoconObject Over(HoconObject lower, HoconObject upper)
    {
        var merged = new HoconObject();
        merged.Items.EnsureCapacity(lower.Items.Count + upper.Items.Count);
        foreach (var (key, value) in lower.Items)
            merged.Items.Add(key, value);
        merged.Merge(upper);
        return merged;
    }

    /// <summary>The same into <paramref name="fields"/>, which only the parser holds.</summary>
    public static void Assign(HoconObject fields, string key, HoconValue value)
    {
        if (!fields.Items.TryGetValue(key, out var existing))
        {
            fields.Items.Add(key, value);
            return;
        }

        if (!value.NeedsResolving && !existing.NeedsResolving && value.SoleObject is { } upper && existing.SoleObject is { } lower)
        {
            foreach (var (innerKey, inner) in upper.Items)
                Assign(lower, innerKey, inner);
            return;
        }

        fields.Items[key] = Over(existing, value);
    }

    /// <summary>The object under <paramref name="key"/>, made where there is none, for writing keys into.</summary>
    public static HoconObject Descend(HoconObject fields, string key, HoconOrigin origin)
    {
        if (fields.Items.TryGetValue(key, out var existing) && existing.SoleObject is { } child)
            return child;
        child = new HoconObject();
        fields.Items[key] = existing is { NeedsResolving: true }
            ? new HoconValue(child, origin) { Previous = existing, NeedsResolving = true }
            : new HoconValue(child, origin);
        return child;
    }
}
