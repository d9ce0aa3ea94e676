using System.Globalization;
using ActorBroker.Hocon;
using ActorBroker.Model.Configs;

namespace ActorBroker.Configuration;

/// <summary>The settings below <c>actorbroker</c>, checked against <see cref="SettingKeys"/>. All problems are collected, so that they can be mended at once.</summary>
internal sealed class SettingsReader
{
    private readonly Dictionary<string, HoconValue> values = [];
    private readonly List<string> problems;

    public SettingsReader(HoconObject settings, List<string> problems)
    {
        this.problems = problems;
        foreach (var (name, value) in settings.Items)
        {
            if (name == SettingKey.Root)
                Collect("", value);
            else if (name != AkkaSection.Name && NearestName.Find(name, [SettingKey.Root]) is not null)
                problems.Add($"{Place(value)}unknown key '{name}'; did you mean '{SettingKey.Root}'?");
        }
    }

    public long Number(string name)
    {
        var key = SettingKeys.ByName[name];
        if (!values.TryGetValue(name, out var value))
            return Missing(name, key.Min == long.MinValue ? 0 : key.Min);
        if (Whole(value, key.Kind) is { } number && number >= key.Min && number <= key.Max)
            return number;
        Add(name, value, $"expected {Describe(key)}, found {Found(value)}.");
        return Math.Max(key.Min, 0);
    }

    public int Int(string name) => (int)Number(name);

    public bool Bool(string name)
    {
        if (!values.TryGetValue(name, out var value))
            return Missing(name, false);
        if (value.Text is "true" or "on" or "yes")
            return true;
        if (value.Text is not ("false" or "off" or "no"))
            Add(name, value, $"expected true or false, found {Found(value)}.");
        return false;
    }

    /// <summary>Text; null for null and for nothing.</summary>
    public string? OptionalText(string name)
    {
        if (!values.TryGetValue(name, out var value) || value.IsNull)
            return null;
        if (value.Text is { } text)
            return text.Trim().Length == 0 ? null : text.Trim();
        Add(name, value, $"expected text, found {Found(value)}.");
        return null;
    }

    /// <summary>A list; a single text is one separated by commas.</summary>
    public IReadOnlyList<string> List(string name)
    {
        if (!values.TryGetValue(name, out var value))
            return Missing(name, (IReadOnlyList<string>)[]);
        if (value.Text is { } text)
            return ConfigDefinition.SplitList(text);
        if (value.List is { } list && list.All(item => item.Text is not null))
            return [.. list.Select(item => item.Text!.Trim())];
        Add(name, value, $"expected a list of texts, found {Found(value)}.");
        return [];
    }

    /// <summary>The topic settings whose value is not Kafka's default, in Kafka's units.</summary>
    public Dictionary<string, string> TopicDefaults()
    {
        var defaults = new Dictionary<string, string>();
        foreach (var definition in TopicConfigs.All)
        {
            var name = $"{SettingKeys.TopicDefaults}.{definition.Name}";
            if (!values.TryGetValue(name, out var value))
                continue;
            var text = TopicValue(definition, value);
            if (definition.Problem(text) is { } problem)
                Add(name, value, problem + ".");
            else if (text != definition.Default)
                defaults.Add(definition.Name, text!);
        }

        return defaults;
    }

    /// <summary>Records what is wrong with a key's value.</summary>
    public void Add(string name, string problem)
    {
        if (values.TryGetValue(name, out var value))
            Add(name, value, problem);
        else
            problems.Add($"{SettingKey.Root}.{name}: {problem}");
    }

    private static string? TopicValue(ConfigDefinition definition, HoconValue value)
    {
        if (value.List is { } list)
            return string.Join(',', list.Select(item => item.Text));
        var text = value.Text;
        if (definition.Type is ConfigType.Int or ConfigType.Long)
        {
            var kind = definition.Name.EndsWith(".ms", StringComparison.Ordinal) ? SettingKind.Duration
                : definition.Name.EndsWith(".bytes", StringComparison.Ordinal) ? SettingKind.Size
                : SettingKind.Integer;
            return Whole(value, kind)?.ToString(CultureInfo.InvariantCulture) ?? text;
        }

        return definition.Type == ConfigType.Boolean ? text switch { "on" or "yes" => "true", "off" or "no" => "false", _ => text } : text;
    }

    private static long? Whole(HoconValue value, SettingKind kind)
    {
        if (value.Text is not { } text)
            return null;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number))
            return number;
        return kind switch
        {
            SettingKind.Duration when HoconUnits.TryDuration(text, out var duration) => duration.Ticks / TimeSpan.TicksPerMillisecond,
            SettingKind.Size when HoconUnits.TryBytes(text, out var bytes) => bytes,
            _ => null,
        };
    }

    private static string Describe(SettingKey key)
    {
        var what = key.Kind switch
        {
            SettingKind.Duration => "a duration such as 500ms, 10s or 5 minutes",
            SettingKind.Size => "a size such as 512, 64 KiB or 10 MiB",
            _ => "a whole number",
        };
        var unit = key.Kind switch { SettingKind.Duration => " ms", SettingKind.Size => " bytes", _ => "" };
        return key.Max == long.MaxValue ? $"{what}, at least {key.Min}{unit}" : $"{what}, from {key.Min} to {key.Max}{unit}";
    }

    /// <summary>What a value is, for a problem with it.</summary>
    internal static string Found(HoconValue value) =>
        value.IsNull ? "null" : value.Object is not null ? "an object" : value.List is not null ? "a list" : $"\"{value.Text}\"";

    /// <summary>How a problem begins. What the command line or the environment says is one line, shown whole.</summary>
    internal static string Place(HoconValue value) =>
        value.Origin.Source is { } source && (source.StartsWith("--", StringComparison.Ordinal) || source.StartsWith("environment ", StringComparison.Ordinal))
            ? source + ": "
            : value.Origin + ": ";

    private T Missing<T>(string name, T value)
    {
        // A section of another type was reported already and hides all its keys.
        if (problems.Count == 0)
            problems.Add($"{SettingKey.Root}.{name} is missing.");
        return value;
    }

    private void Add(string name, HoconValue value, string problem) => problems.Add($"{Place(value)}{SettingKey.Root}.{name}: {problem}");

    private void Collect(string path, HoconValue value)
    {
        if (SettingKeys.ByName.ContainsKey(path))
        {
            values.Add(path, value);
            return;
        }

        if (IsKnownSection(path) && value.Object is { } fields)
        {
            foreach (var (name, child) in fields.Items)
                Collect(path.Length == 0 ? name : $"{path}.{name}", child);
            return;
        }

        if (IsKnownSection(path))
        {
            problems.Add($"{Place(value)}{SettingKey.Root}.{path}: expected an object, found {Found(value)}.");
            return;
        }

        var nearest = Nearest(path);
        problems.Add($"{Place(value)}unknown key '{SettingKey.Root}.{path}'" + (nearest is null ? "; see reference.conf for all keys." : $"; did you mean '{SettingKey.Root}.{nearest}'?"));
    }

    private static bool IsKnownSection(string path) =>
        path.Length == 0 || SettingKeys.All.Any(key => key.Name.Length > path.Length && key.Name[path.Length] == '.' && key.Name.StartsWith(path, StringComparison.Ordinal));

    private static string? Nearest(string path)
    {
        if (NearestName.Find(path, SettingKeys.All.Select(key => key.Name)) is { } whole)
            return whole;
        // A key in the wrong section, or a section misspelt: compare what stands last.
        var last = path[(path.LastIndexOf('.') + 1)..];
        var sections = SettingKeys.All.Where(key => key.Name.Contains('.')).Select(key => key.Name[..key.Name.IndexOf('.')]).Distinct();
        return SettingKeys.All.Select(key => key.Name).FirstOrDefault(name => name.EndsWith("." + last, StringComparison.Ordinal))
            ?? NearestName.Find(path, sections)
            ?? (NearestName.Find(last, SettingKeys.All.Select(key => key.Name[(key.Name.LastIndexOf('.') + 1)..])) is { } part
                ? SettingKeys.All.First(key => key.Name.EndsWith(part, StringComparison.Ordinal)).Name
                : null);
    }
}
