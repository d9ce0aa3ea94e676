namespace ActorBroker.Hocon;

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
        if (upper.Object is not { } fields)
            return upper;
        if (lower.NeedsResolving)
            return new HoconValue(fields, upper.Origin) { Previous = lower, NeedsResolving = true };
        return lower.Object is { } below ? new HoconValue(Over(below, fields), upper.Origin) : upper;
    }

    /// <summary>A new object with the keys of both.</summary>
    public static HoconObject Over(HoconObject lower, HoconObject upper)
    {
        var merged = new HoconObject();
        foreach (var (key, value) in lower.Items)
            merged.Fields.Add(key, value);
        foreach (var (key, value) in upper.Items)
            merged.Fields[key] = Over(merged.Fields.GetValueOrDefault(key), value);
        return merged;
    }

    /// <summary>The same into <paramref name="fields"/>, which only the parser holds.</summary>
    public static void Assign(HoconObject fields, string key, HoconValue value)
    {
        if (!fields.Fields.TryGetValue(key, out var existing))
        {
            fields.Fields.Add(key, value);
            return;
        }

        if (!value.NeedsResolving && !existing.NeedsResolving && value.Object is { } upper && existing.Object is { } lower)
        {
            foreach (var (innerKey, inner) in upper.Items)
                Assign(lower, innerKey, inner);
            return;
        }

        fields.Fields[key] = Over(existing, value);
    }

    /// <summary>The object under <paramref name="key"/>, made where there is none, for writing keys into.</summary>
    public static HoconObject Descend(HoconObject fields, string key, HoconOrigin origin)
    {
        if (fields.Fields.TryGetValue(key, out var existing) && existing.Object is { } child)
            return child;
        child = new HoconObject();
        fields.Fields[key] = existing is { NeedsResolving: true }
            ? new HoconValue(child, origin) { Previous = existing, NeedsResolving = true }
            : new HoconValue(child, origin);
        return child;
    }
}
