using System.Text.RegularExpressions;
using ActorBroker.Hocon;

namespace ActorBroker.AkkaSettings.Tests;

/// <summary>The keys below <c>akka</c> that we set, and their values.</summary>
internal static partial class OurKeys
{
    private static readonly string[] Rooms = ["ActorBroker", "ActorBroker.Actors"];

    /// <summary>Those of the files in <c>hocon</c>; a key that several of them set has the value of the last.</summary>
    public static IReadOnlyDictionary<string, string> OfFiles { get; } = ReadFiles();

    /// <summary>Those of the texts in the code; a value that the code puts in is <see cref="Computed"/>.</summary>
    public static IReadOnlyDictionary<string, string> OfCode { get; } = ReadCode();

    /// <summary>Stands for what is known at run time only.</summary>
    public const string Computed = "computed";

    private static Dictionary<string, string> ReadFiles()
    {
        var keys = new Dictionary<string, string>();
        var folder = Path.Combine(Checkout.Root, "hocon");
        foreach (var file in Directory.EnumerateFiles(folder, "*.conf").Order(StringComparer.Ordinal))
            Collect(keys, HoconDocument.Parse(HoconSource.In(folder, File.ReadAllText(file), file)));
        return keys;
    }

    private static Dictionary<string, string> ReadCode()
    {
        var keys = new Dictionary<string, string>();
        foreach (var file in Rooms.SelectMany(room => Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src", room), "*.cs", SearchOption.AllDirectories)).Where(file => !Built().IsMatch(file)))
        {
            foreach (var text in RawText().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value).Where(text => SetsAkka().IsMatch(text)))
                Collect(keys, HoconDocument.Parse(new HoconSource(Hole().Replace(text, Computed), file)));
        }

        return keys;
    }

    private static void Collect(Dictionary<string, string> keys, HoconObject document)
    {
        if (document.Items.GetValueOrDefault("akka") is { } akka)
            Collect(keys, "akka", akka);
    }

    private static void Collect(Dictionary<string, string> keys, string path, HoconValue value)
    {
        if (value.Object is not { } fields)
            keys[path] = value.Text ?? value.ToString();
        else
            foreach (var (name, child) in fields.Items)
                Collect(keys, $"{path}.{name}", child);
    }

    [GeneratedRegex("\"\"\"\r?\n(.*?)\"\"\"", RegexOptions.Singleline)]
    private static partial Regex RawText();

    [GeneratedRegex(@"^\s*akka(\.[a-z0-9.-]+)?\s*[={]", RegexOptions.Multiline)]
    private static partial Regex SetsAkka();

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]")]
    private static partial Regex Built();

    /// <summary>What an interpolated text takes from the code.</summary>
    [GeneratedRegex(@"\{\{.*?\}\}(?=[\s\]b,]|$)", RegexOptions.Multiline)]
    private static partial Regex Hole();
}
