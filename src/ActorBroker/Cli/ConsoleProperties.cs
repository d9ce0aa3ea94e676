namespace ActorBroker.Cli;

/// <summary>The <c>--property key=value</c> options of produce and consume.</summary>
internal sealed class ConsoleProperties
{
    private readonly Dictionary<string, string> values;

    /// <exception cref="CommandException">A property is none of those known.</exception>
    public ConsoleProperties(IEnumerable<string> assignments, IReadOnlyCollection<string> known)
    {
        values = [];
        foreach (var (name, value) in assignments.Select(assignment => CommonOptions.Assignment(assignment, "--property")))
        {
            if (!known.Contains(name))
                throw CommandException.Usage($"--property: unknown property {name}; expected one of {string.Join(", ", known)}.");
            values[name] = value;
        }
    }

    public bool Flag(string name, bool otherwise = false) => values.TryGetValue(name, out var value) ? value.Equals("true", StringComparison.OrdinalIgnoreCase) : otherwise;

    /// <summary>A text in which \t and \n stand for the characters.</summary>
    public string Text(string name, string otherwise) => values.TryGetValue(name, out var value) ? value.Replace("\\t", "\t").Replace("\\n", "\n") : otherwise;

    public string? Optional(string name) => values.GetValueOrDefault(name);
}
