namespace ActorBroker.Harness;

/// <summary>`--name value` options of the test programs.</summary>
public sealed class Options
{
    private readonly Dictionary<string, string> _values = [];

    /// <param name="arguments">The command line.</param>
    /// <param name="known">Every option there is, without dashes.</param>
    /// <exception cref="ArgumentException">An option is unknown or has no value.</exception>
    public Options(string[] arguments, params string[] known)
    {
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var name = arguments[i].StartsWith("--", StringComparison.Ordinal) ? arguments[i][2..] : arguments[i];
            if (!known.Contains(name) || i + 1 == arguments.Length)
            {
                throw new ArgumentException($"{arguments[i]}: the options are {string.Join(", ", known.Select(option => "--" + option))}, each with a value");
            }

            _values[name] = arguments[i + 1];
        }
    }

    public string Text(string name, string fallback) => _values.GetValueOrDefault(name, fallback);

    public int Number(string name, int fallback) => _values.TryGetValue(name, out var text) ? int.Parse(text) : fallback;
}
