using System.Globalization;

namespace ActorBroker.Model.Configs;

/// <summary>A broker setting that supplies a topic setting's default.</summary>
/// <param name="Name">The broker setting's Kafka name.</param>
/// <param name="Factor">What its value is multiplied with to be in the topic setting's unit: 60,000 where it counts minutes and the topic milliseconds.</param>
public sealed record BrokerSynonym(string Name, long Factor = 1);

/// <summary>A setting: its name, type, default and legal values. Values are text, as on the wire.</summary>
/// <param name="Default">The value while nobody sets one; null for none.</param>
/// <param name="Documentation">What it means and in which unit.</param>
public sealed record ConfigDefinition(string Name, ConfigType Type, string? Default, string Documentation)
{
    /// <summary>The smallest legal number, inclusive.</summary>
    public double? Min { get; init; }

    /// <summary>The largest legal number, inclusive.</summary>
    public double? Max { get; init; }

    /// <summary>A number that is legal although it lies outside the range.</summary>
    public double? Exception { get; init; }

    /// <summary>The legal texts, or elements of a list; empty when any is legal.</summary>
    public string[] Allowed { get; init; } = [];

    /// <summary>Says what is wrong with a list; null for nothing.</summary>
    public Func<string, string?>? Rule { get; init; }

    /// <summary>The broker settings that supply the default; the first one that is set wins.</summary>
    public BrokerSynonym[] Synonyms { get; init; } = [];

    /// <summary>Null when the value is legal, else Kafka's sentence on what is wrong with it.</summary>
    public string? Problem(string? value)
    {
        if (value is null)
            return Invalid("null", "entry must not be null");
        var text = value.Trim();
        return Type switch
        {
            ConfigType.Boolean => IsTrue(text) || IsFalse(text) ? null : Invalid(value, "Expected value to be either true or false"),
            ConfigType.Int => Whole(value, text, int.MinValue, int.MaxValue),
            ConfigType.Short => Whole(value, text, short.MinValue, short.MaxValue),
            ConfigType.Long => Whole(value, text, long.MinValue, long.MaxValue),
            ConfigType.Double => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !double.IsNaN(number)
                ? Range(value, number) : Invalid(value, "Not a number of type DOUBLE"),
            ConfigType.List when Rule?.Invoke(text) is { } why => Invalid(value, why),
            ConfigType.List => SplitList(text).All(IsAllowed) ? null : NotAllowed(value),
            _ => IsAllowed(value) ? null : NotAllowed(value),
        };
    }

    /// <summary>The elements of a comma-separated list, without white space around them.</summary>
    public static IReadOnlyList<string> SplitList(string value) =>
        value.Trim().Length == 0 ? [] : value.Split(',', StringSplitOptions.TrimEntries);

    internal static bool IsTrue(string text) => text.Equals("true", StringComparison.OrdinalIgnoreCase);

    private static bool IsFalse(string text) => text.Equals("false", StringComparison.OrdinalIgnoreCase);

    private bool IsAllowed(string value) => Allowed.Length == 0 || Allowed.Contains(value);

    private string? Whole(string value, string text, long min, long max) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? Range(value, number)
            : Invalid(value, $"Not a number of type {Type.ToString().ToUpperInvariant()}");

    private string? Range(string value, double number) =>
        number == Exception ? null
        : number < Min ? Invalid(value, string.Create(CultureInfo.InvariantCulture, $"Value must be at least {Min}"))
        : number > Max ? Invalid(value, string.Create(CultureInfo.InvariantCulture, $"Value must be no more than {Max}"))
        : null;

    private string NotAllowed(string value) => Invalid(value, $"String must be one of: {string.Join(", ", Allowed)}");

    private string Invalid(string value, string why) => $"Invalid value {value} for configuration {Name}: {why}";
}
