using System.Collections;
using System.Text;
using ActorBroker.Hocon;

namespace ActorBroker.Configuration;

/// <summary>
/// All sources of settings as one HOCON document, so that a later source may refer to an earlier one. Each source is an include under its own name,
/// which is what errors show.
/// </summary>
internal sealed class SettingsDocument
{
    private const string ReferenceName = "reference.conf";
    private const string EnvironmentPrefix = "ACTORBROKER__";

    private readonly StringBuilder includes = new();
    private readonly Dictionary<string, HoconSource> sources = [];
    private readonly List<string> problems = [];
    private readonly List<string> warnings = [];

    public SettingsDocument()
    {
        Add(ReferenceName, ReadReference());
    }

    /// <summary>What the user should know, though the node can start.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>What is wrong with the sources themselves.</summary>
    public List<string> Problems => problems;

    public void AddFile(string file)
    {
        try
        {
            Add(file, File.ReadAllText(file), Path.GetDirectoryName(Path.GetFullPath(file)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add($"--config {file}: {Reason(error)}");
        }
    }

    public void AddProperties(string file)
    {
        try
        {
            AddProperties(file, PropertiesFile.Parse(File.ReadAllText(file)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add($"--properties {file}: {Reason(error)}");
        }
    }

    /// <summary>Reads <c>ACTORBROKER__GROUP__SOME_KEY</c>.</summary>
    public void AddEnvironment(IDictionary variables)
    {
        foreach (DictionaryEntry variable in variables)
        {
            if (variable.Key is not string name || !name.StartsWith(EnvironmentPrefix, StringComparison.Ordinal) || variable.Value is not string value)
                continue;
            var key = name[EnvironmentPrefix.Length..].Replace("__", ".").Replace('_', '-').ToLowerInvariant();
            AddSetting($"environment variable {name}", key, value);
        }
    }

    /// <summary>Adds <c>key=value</c> of the command line; the key is ours or Kafka's.</summary>
    public void AddSet(string assignment)
    {
        var equals = assignment.IndexOf('=');
        if (equals <= 0)
        {
            problems.Add($"--set {assignment}: expected key=value.");
            return;
        }

        var name = assignment[..equals].Trim();
        var value = assignment[(equals + 1)..];
        if (KafkaProperties.IsMapped(name))
            AddKafka($"--set {assignment}", new Property(name, value.Trim(), 1));
        else if (name.StartsWith("akka.", StringComparison.Ordinal))
            Add($"--set {assignment}", $"{name} = {HoconText.Value(value, null)}");
        else if (!SettingKeys.ByName.ContainsKey(name) && KafkaProperties.IsKafkas(name))
            warnings.Add($"--set {name}: {Unused}");
        else if (!IsInOurSections(name) && KafkaProperties.Nearest(name) is { } nearest)
            problems.Add($"--set {assignment}: unknown key '{name}'; did you mean '{nearest}'?");
        else
            AddSetting($"--set {assignment}", name, value);
    }

    /// <summary>Sets one key, whose value is HOCON already.</summary>
    public void AddHocon(string source, string key, string hocon) => Add(source, $"{SettingKey.Root}.{key} = {hocon}");

    /// <summary>Parses everything; null when that is not possible, with the reason among the problems.</summary>
    public HoconObject? Parse()
    {
        try
        {
            return HoconDocument.Parse(new HoconSource(includes.ToString(), null, sources.GetValueOrDefault));
        }
        catch (HoconException error)
        {
            problems.Add(error.Message);
            return null;
        }
    }

    private const string Unused = "this property of Kafka's has no effect here.";

    private void AddProperties(string file, IReadOnlyList<Property> properties)
    {
        var lines = new SortedDictionary<int, string>();
        foreach (var setting in KafkaProperties.Translate(properties, property => WarnUnused(file, property)))
            lines[setting.Line] = $"{setting.Key.FullName} = {setting.Hocon}";

        // Each setting keeps its line, so that errors name the place in the properties file.
        var text = new StringBuilder();
        var line = 1;
        foreach (var (number, setting) in lines)
        {
            text.Append('\n', number - line).Append(setting);
            line = number;
        }

        Add(file, text.ToString());
    }

    private void AddKafka(string source, Property property)
    {
        foreach (var setting in KafkaProperties.Translate([property], _ => { }))
            Add(source, $"{setting.Key.FullName} = {setting.Hocon}");
    }

    private void AddSetting(string source, string name, string value)
    {
        var key = name.StartsWith(SettingKey.Root + ".", StringComparison.Ordinal) ? name[(SettingKey.Root.Length + 1)..] : name;
        Add(source, $"{SettingKey.Root}.{key} = {HoconText.Value(value, SettingKeys.ByName.GetValueOrDefault(key)?.Kind)}");
    }

    /// <summary>Whether a name was meant as one of ours: otherwise a mistyped one was probably meant as Kafka's.</summary>
    private static bool IsInOurSections(string name)
    {
        var section = name.Split('.', 2)[0];
        return section == SettingKey.Root || SettingKeys.All.Any(key => key.Name.StartsWith(section + ".", StringComparison.Ordinal));
    }

    private void WarnUnused(string file, Property property)
    {
        var hint = KafkaProperties.IsKafkas(property.Name) ? Unused
            : KafkaProperties.Nearest(property.Name) is { } nearest ? $"unknown property, ignored; did you mean {nearest}?"
            : "unknown property, ignored.";
        warnings.Add($"{file}:{property.Line}: {property.Name}: {hint}");
    }

    /// <param name="directory">Where the text looks for what it includes; null for the current directory.</param>
    private void Add(string name, string text, string? directory = null)
    {
        var unique = name;
        for (var i = 2; sources.ContainsKey(unique); i++)
            unique = $"{name} ({i})";
        sources.Add(unique, HoconSource.In(directory ?? Environment.CurrentDirectory, text, unique));
        includes.Append("include ").Append(HoconPrinter.Quote(unique)).Append('\n');
    }

    private static string ReadReference()
    {
        using var stream = typeof(SettingsDocument).Assembly.GetManifestResourceStream(ReferenceName)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string Reason(Exception error) => error is FileNotFoundException or DirectoryNotFoundException ? "there is no such file." : error.Message;
}
