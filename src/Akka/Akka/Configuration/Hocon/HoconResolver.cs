using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>
/// Replaces the substitutions of a parsed tree. A value that refers to itself sees what was written at its path before it;
/// what the text does not define is looked up among the environment variables.
/// </summary>
internal sealed class HoconResolver(HoconObject root)
{
    /// <summary>Resolves everything that can be reached from the root.</summary>
    public void ResolveAll() => ResolveFields(root);

    private void ResolveFields(HoconObject fields)
    {
        List<string>? undefined = null;
        foreach (var (key, value) in fields.Items)
        {
            ResolveTree(value);
            if (value.PartCount == 0)
                (undefined ??= []).Add(key);
        }

        undefined?.ForEach(key => fields.Items.Remove(key));
    }

    private void ResolveTree(HoconValue value)
    {
        if (value.IsTreeResolved)
            return;
        value.IsTreeResolved = true;
        Resolve(value);
        for (var i = 0; i < value.PartCount; i++)
        {
            if (value.Part(i) is HoconObject fields)
            {
                ResolveFields(fields);
            }
            else if (value.Part(i) is HoconArray array)
            {
                array.ForEach(ResolveTree);
                array.RemoveAll(item => item.PartCount == 0);
            }
        }
    }

    private void Resolve(HoconValue value)
    {
        if (!value.NeedsResolving)
            return;
        value.IsResolving = true;
        var content = Concatenate(value);
        if (value.Previous is { } previous && (content is null or HoconObject))
        {
            Resolve(previous);
            var below = previous.PartCount == 1 ? previous.Part(0) : null;
            content = content is null ? below : below is HoconObject lower ? HoconMerge.Over(lower, (HoconObject)content) : content;
        }

        value.SetResolved(content);
    }

    private IHoconElement? Concatenate(HoconValue value)
    {
        var parts = new List<IHoconElement>(value.PartCount);
        for (var i = 0; i < value.PartCount; i++)
        {
            if (value.Part(i) is not HoconSubstitution substitution)
                parts.Add(value.Part(i));
            else if (Lookup(substitution, value) is { PartCount: > 0 } found)
                parts.Add(found.Part(0));
        }

        return Combine(parts, value.Origin);
    }

    /// <summary>One element out of the parts of a value; null when they say nothing.</summary>
    public static IHoconElement? Combine(List<IHoconElement> parts, HoconOrigin origin)
    {
        if (parts.Count == 1)
            return parts[0] is HoconLiteral { IsWhitespace: true } ? null : parts[0];

        var solid = parts.FindAll(part => part is not HoconLiteral { IsWhitespace: true });
        if (solid.Count == 0)
            return null;
        if (solid.TrueForAll(part => part is HoconObject))
            return solid.Aggregate((lower, upper) => HoconMerge.Over((HoconObject)lower, (HoconObject)upper));
        if (solid.TrueForAll(part => part is HoconArray))
        {
            var all = new HoconArray();
            solid.ForEach(part => all.AddRange((HoconArray)part));
            return all;
        }

        if (!solid.TrueForAll(part => part is HoconLiteral))
            throw origin.Error($"cannot join {string.Join(" and ", solid.Select(Kind).Distinct())} into one value; expected only objects, only lists or only single values.");
        if (solid.Count == 1)
            return solid[0];
        var text = new StringBuilder();
        foreach (var part in parts[parts.IndexOf(solid[0])..(parts.LastIndexOf(solid[^1]) + 1)])
            text.Append(part.ToString());
        return new HoconLiteral { Value = text.ToString() };
    }

    private static string Kind(IHoconElement part) => part switch
    {
        HoconObject => "an object",
        HoconArray => "a list",
        _ => "a single value",
    };

    private HoconValue? Lookup(HoconSubstitution substitution, HoconValue owner)
    {
        if (substitution.IsPrevious)
        {
            if (owner.Previous is { } previous)
                Resolve(previous);
            return owner.Previous;
        }

        var found = substitution.Prefix is { } prefix ? Find([.. prefix, .. substitution.Elements], substitution, owner) : null;
        found ??= Find(substitution.Elements, substitution, owner);
        if (found is not null)
            return substitution.ResolvedValue = found;
        if (Environment.GetEnvironmentVariable(string.Join('.', substitution.Elements)) is { } variable)
            return substitution.ResolvedValue = new HoconValue(new HoconLiteral { Value = variable }, substitution.Origin);
        if (substitution.IsOptional)
            return null;
        throw substitution.Origin.Error($"{substitution} is not defined, neither in the configuration nor as an environment variable; define it, or write ${{?{substitution.Path}}} if it may be missing.");
    }

    private HoconValue? Find(List<string> elements, HoconSubstitution substitution, HoconValue owner)
    {
        var fields = root;
        for (var i = 0; ; i++)
        {
            if (fields.GetKey(elements[i]) is not { } value)
                return null;
            var visible = Visible(value, substitution, owner);
            if (visible is null)
                return null;
            Resolve(visible);
            if (i == elements.Count - 1)
                return visible.PartCount == 0 ? null : visible;
            if (visible.SoleObject is not { } next)
                return null;
            fields = next;
        }
    }

    /// <summary>
    /// The value that a substitution sees: the one at the path or, when that one is just being made of the substitution, the one
    /// that was written there before it; null when there was none.
    /// </summary>
    private static HoconValue? Visible(HoconValue value, HoconSubstitution substitution, HoconValue owner)
    {
        var candidate = value;
        while (candidate is { IsResolving: true })
        {
            var layer = candidate;
            while (layer is not null && !ReferenceEquals(layer, owner))
                layer = layer.Previous;
            if (layer is null)
                throw substitution.Origin.Error($"{substitution} refers to itself through other substitutions.");
            candidate = layer.Previous;
        }

        return candidate;
    }
}
