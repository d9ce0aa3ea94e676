using System.Text.RegularExpressions;

namespace Architecture.Tests;

/// <summary>What the documents name in code type, checked against the code: types and members, settings and metrics, options and verbs of the command line, files.</summary>
public sealed partial class DocumentedNamesTests
{
    private static readonly string[] Folders = ["src", "tests", "hocon", "deploy", "tools"];

    /// <summary>Of Akka.NET: the documents say that they are not here.</summary>
    private static readonly HashSet<string> Absent =
    [
        "AtLeastOnceDelivery", "AutoDownUnreachableAfter", "AutoDowning", "ClusterSingletonManagerIsStuckException", "GetEntityLocation",
        "PersistenceSettings", "PersistentFSM", "PublishStatsInterval", "RepointableActorRef", "SplitBrainResolver", "TestBreaker", "UseLegacyHeartbeatMessage",
    ];

    /// <summary>Names keys of Akka.NET, and tests/ActorBroker.AkkaSettings.Tests knows which there are.</summary>
    private static readonly string AkkaPage = Path.Combine("docs", "akka.md");

    private static readonly Lazy<string> Source = new(ReadSource);
    private static readonly Lazy<HashSet<string>> Words = new(() => [.. Word().Matches(Source.Value).Select(match => match.Value)]);
    private static readonly Lazy<HashSet<string>> Keys = new(ReadKeys);

    /// <summary>All but the changelog and the decisions, which tell of what was.</summary>
    public static TheoryData<string> Pages => new(
        Directory.GetFiles(Path.Combine(Checkout.Root, "docs"), "*.md").Concat(Directory.GetFiles(Path.Combine(Checkout.Root, "docs", "formats"), "*.md"))
            .Append(Path.Combine(Checkout.Root, "README.md")).Select(page => Path.GetRelativePath(Checkout.Root, page)).Order());

    [Theory]
    [MemberData(nameof(Pages))]
    public void What_a_page_names_in_code_type_exists(string page)
    {
        var text = Block().Replace(File.ReadAllText(Path.Combine(Checkout.Root, page)), "");

        var unknown = Span().Matches(text).Select(match => match.Groups[1].Value).Distinct().SelectMany(Unknown)
            .Where(name => page != AkkaPage || !name.StartsWith("akka.", StringComparison.Ordinal));

        Assert.Empty(unknown);
    }

    [Fact]
    public void What_the_documents_call_absent_is_absent() => Assert.All(Absent, name => Assert.DoesNotContain(name, Words.Value));

    private static IEnumerable<string> Unknown(string span)
    {
        if (Verb().Match(span) is { Success: true } verb && !Source.Value.Contains($"new Command(\"{verb.Groups[1].Value}\""))
        {
            yield return $"verb {verb.Groups[1].Value}";
        }

        foreach (var piece in Separators().Split(span))
        {
            var known = FilePath().IsMatch(piece) ? Path.Exists(Path.Combine(Checkout.Root, piece))
                : Option().IsMatch(piece) ? Source.Value.Contains(piece)
                : Key().IsMatch(piece) ? Keys.Value.Contains(piece) || Source.Value.Contains(piece)
                : !Type().IsMatch(piece) || piece.Split('.').All(name => Words.Value.Contains(name) || Absent.Contains(name));
            if (!known)
            {
                yield return piece;
            }
        }
    }

    private static string ReadSource() => string.Join('\n', Folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Checkout.Root, folder), "*", SearchOption.AllDirectories))
        .Where(file => !Generated().IsMatch(file) && Path.GetFileName(file) != "DocumentedNamesTests.cs")
        .Select(File.ReadAllText));

    /// <summary>The paths of all settings, and how they end: a page may leave out what its section says.</summary>
    private static HashSet<string> ReadKeys()
    {
        var keys = new HashSet<string>();
        foreach (var file in Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Checkout.Root, folder), "*.conf", SearchOption.AllDirectories)))
        {
            var sections = new List<string>();
            foreach (var line in File.ReadLines(file).Select(line => line.Trim()).Where(line => !line.StartsWith('#')))
            {
                if (line == "}")
                {
                    sections.RemoveAt(sections.Count - 1);
                }
                else if (Setting().Match(line) is { Success: true } setting)
                {
                    var path = string.Join('.', sections.Append(setting.Groups[1].Value)).Split('.');
                    keys.UnionWith(Enumerable.Range(0, path.Length).Select(first => string.Join('.', path[first..])));
                    if (setting.Groups[2].Value == "{" && !line.EndsWith('}'))
                    {
                        sections.Add(setting.Groups[1].Value);
                    }
                }
            }
        }

        return keys;
    }

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();

    /// <summary>Fenced and indented code: examples.</summary>
    [GeneratedRegex("^```.*?^```|^    [^\n]*$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"^actorbroker ([a-z][a-z-]+)")]
    private static partial Regex Verb();

    [GeneratedRegex(@"[^A-Za-z0-9_./-]+")]
    private static partial Regex Separators();

    [GeneratedRegex(@"^(src|tests|hocon|deploy|tools|docs)/[A-Za-z0-9_./-]+$")]
    private static partial Regex FilePath();

    [GeneratedRegex("^--[a-z][a-z-]+$")]
    private static partial Regex Option();

    [GeneratedRegex(@"^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$")]
    private static partial Regex Key();

    /// <summary>Names of several capitals with small letters between: a single word may be anything.</summary>
    [GeneratedRegex(@"^[A-Z][a-z]+[A-Z][A-Za-z0-9]*(\.[A-Z][A-Za-z0-9]+)*$|^[A-Z][A-Za-z0-9]+(\.[A-Z][A-Za-z0-9]+)+$")]
    private static partial Regex Type();

    [GeneratedRegex(@"^""?([A-Za-z][A-Za-z0-9.-]*)""?\s*([={])")]
    private static partial Regex Setting();

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]|\.(jks|p12|pfx|gz|zst|png|log|index|timeindex)$")]
    private static partial Regex Generated();
}
