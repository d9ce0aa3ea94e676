using System.Text;

namespace ActorBroker.Hocon;

/// <summary>
/// Replaces the substitutions of a parsed tree. A value that refers to itself sees what was written at its path before it;
/// what the text does not define is looked up among the environment variables.
/// </summary>
internal sealed class HoconResolver(HoconObject root)
{
    /// <summary>Longest chain of values that each stand in the one before, or are substituted for it; a longer one is an error instead of a stack overflow.</summary>
    private const int MaxDepth = 1_000;

    private int depth;

    /// <summary>Resolves everything that can be reached from the root.</summary>
    public void ResolveAll() => ResolveFields(root);

    private void ResolveFields(HoconObject fields)
    {
        List<string>? undefined = null;
        foreach (var (key, value) in fields.Items)
        {
            ResolveTree(value);
            if (value.Parts.Count == 0)
                (undefined ??= []).Add(key);
        }

        undefined?.ForEach(key => fields.Fields.Remove(key));
    }

    private void ResolveTree(HoconValue value)
    {
        if (value.IsTreeResolved)
            return;
        value.IsTreeResolved = true;
        Enter(value);
        Resolve(value);
        if (value.Element is HoconObject fields)
        {
            ResolveFields(fields);
        }
        else if (value.Element is HoconList list)
        {
            list.ForEach(ResolveTree);
            list.RemoveAll(item => item.Parts.Count == 0);
        }

        depth--;
    }

    private void Resolve(HoconValue value)
    {
        if (!value.NeedsResolving)
            return;
        value.IsResolving = true;
        Enter(value);
        var content = Concatenate(value);
        if (value.Previous is { } previous && (content is null or HoconObject))
        {
            Resolve(previous);
            var below = previous.Element;
            content = content is null ? below : below is HoconObject lower ? HoconMerge.Over(lower, (HoconObject)content) : content;
        }

        value.SetResolved(content);
        depth--;
    }

    private void Enter(HoconValue value)
    {
        if (++depth > MaxDepth)
            throw value.Origin.Error($"more than {MaxDepth} substitutions and objects within each other.");
    }

    private IHoconElement? Concatenate(HoconValue value)
    {
        var parts = new List<IHoconElement>(value.Parts.Count);
        foreach (var part in value.Parts)
        {
            if (part is not HoconSubstitution substitution)
                parts.Add(part);
            else if (Lookup(substitution, value)?.Element is { } found)
                parts.Add(found);
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
        if (solid.TrueForAll(part => part is HoconList))
        {
            var all = new HoconList();
            solid.ForEach(part => all.AddRange((HoconList)part));
            return all;
        }

        if (!solid.TrueForAll(part => part is HoconLiteral))
            throw origin.Error($"cannot join {string.Join(" and ", solid.Select(Kind).Distinct())} into one value; expected only objects, only lists or only single values.");
        if (solid.Count == 1)
            return solid[0];
        var text = new StringBuilder();
        foreach (var part in parts[parts.IndexOf(solid[0])..(parts.LastIndexOf(solid[^1]) + 1)])
            text.Append(((HoconLiteral)part).Text ?? "null");
        return new HoconLiteral(text.ToString());
    }

    private static string Kind(IHoconElement part) => part switch
    {
        HoconObject => "an object",
        HoconList => "a list",
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

        var found = substitution.Prefix.Count > 0 ? Find([.. substitution.Prefix, .. substitution.Elements], substitution, owner) : null;
        found ??= Find(substitution.Elements, substitution, owner);
        if (found is not null)
            return found;
        if (Environment.GetEnvironmentVariable(string.Join('.', substitution.Elements)) is { } variable)
            return new HoconValue(new HoconLiteral(variable), substitution.Origin);
        if (substitution.IsOptional)
            return null;
        throw substitution.Origin.Error($"{substitution} is not defined, neither in the configuration nor as an environment variable; define it, or write ${{?{HoconPath.Join(substitution.Elements)}}} if it may be missing.");
    }

    private HoconValue? Find(IReadOnlyList<string> elements, HoconSubstitution substitution, HoconValue owner)
    {
        var fields = root;
        for (var i = 0; ; i++)
        {
            if (!fields.Items.TryGetValue(elements[i], out var value))
                return null;
            var visible = Visible(value, substitution, owner);
            if (visible is null)
                return null;
            Resolve(visible);
            if (i == elements.Count - 1)
                return visible.Parts.Count == 0 ? null : visible;
            if (visible.Object is not { } next)
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
