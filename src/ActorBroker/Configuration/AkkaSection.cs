using ActorBroker.Hocon;

namespace ActorBroker.Configuration;

/// <summary>The section <c>akka</c>, which goes to the actor runtime as text: that has a HOCON reader of its own.</summary>
internal static class AkkaSection
{
    /// <summary>The section's key.</summary>
    public const string Name = "akka";

    /// <summary>The section as HOCON; empty when there is none. What the runtime would read as something else is among the problems.</summary>
    public static string Print(HoconObject settings, List<string> problems)
    {
        if (!settings.Items.TryGetValue(Name, out var section) || section.IsNull)
            return "";
        if (section.Object is null)
            problems.Add($"{SettingsReader.Place(section)}{Name}: expected an object, found {SettingsReader.Found(section)}.");
        else
            Check(Name, section, problems);
        return $"{Name} {section}";
    }

    private static void Check(string path, HoconValue value, List<string> problems)
    {
        foreach (var (name, child) in value.Object?.Items ?? new Dictionary<string, HoconValue>())
            Check($"{path}.{name}", child, problems);
        foreach (var item in value.List ?? [])
            Check(path, item, problems);

        // Akka.NET's reader trims every text, and takes the word for null even in quotes.
        if (value.Text is { } text && (text == "null" || text.Trim() != text))
            problems.Add($"{SettingsReader.Place(value)}{path}: Akka.NET cannot take {HoconPrinter.Quote(text)}: a text must neither begin nor end with white space, nor be \"null\".");
    }
}
