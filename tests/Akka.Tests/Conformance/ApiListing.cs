using System.Text.RegularExpressions;

namespace Akka.Tests.Conformance;

/// <summary>The public API of Akka.NET 1.5 as ../shared/akka-api lists it: types and members by name, in the form that <see cref="ApiSignature"/> writes.</summary>
internal sealed partial class ApiListing
{
    private readonly Dictionary<string, HashSet<string>> members = [];
    private readonly Dictionary<string, string> types = [];

    private ApiListing()
    {
    }

    public static string? Directory { get; } = Find();

    public static ApiListing Read(string package)
    {
        var listing = new ApiListing();
        foreach (var line in File.ReadLines(Path.Combine(Directory!, package + ".tsv")).Skip(1))
        {
            var columns = line.Split('\t');
            if (columns.Length < 4) continue;
            var type = TypeKey(columns[0], columns[1]);
            var text = Clean(columns[3]);
            switch (columns[2])
            {
                case "type":
                    // A generic type and a plain one of the same name share their key.
                    listing.types[type] = listing.types.TryGetValue(type, out var other) ? $"{other} | {text}" : text;
                    break;
                case "delegate":
                    var name = DelegateName().Match(text).Groups[1].Value;
                    listing.types[type.Length == 0 || columns[1].Length == 0 ? $"{columns[0]}.{name}" : $"{type}.{name}"] = text;
                    break;
                default:
                    listing.MembersOf(type).Add(Member(text));
                    break;
            }
        }

        return listing;
    }

    public bool HasType(string type) => types.ContainsKey(type);

    public string Header(string type) => types[type];

    public bool HasMember(string type, string member)
    {
        HashSet<string> listed = MembersOf(type);
        // Some rows of the listing break off inside an attribute, or before parameters on lines of their own; then the name must do.
        return listed.Contains(member) || listed.Any(row => row.EndsWith("(cut", StringComparison.Ordinal) && member.StartsWith(row[..^3], StringComparison.Ordinal));
    }

    public IEnumerable<string> Like(string type, string member)
    {
        var name = member[..(member.IndexOf('(') is > 0 and var end ? end : member.Length)].Split(' ')[^1];
        return MembersOf(type).Where(row => row.Contains(name, StringComparison.Ordinal));
    }

    private static string Member(string text)
    {
        if (text.EndsWith('{') || text.EndsWith('(') || text.Contains("new byte[]")) return ModifiersToDrop().Replace(text[..(text.IndexOf('(') + 1)], "").Trim() + "cut";
        text = ModifiersToDrop().Replace(text, "");
        // What the default is does not matter to a caller's source, whether there is one does.
        if (text.Contains(" const ")) return text[..text.IndexOf(" =", StringComparison.Ordinal)];
        text = DefaultValue().Replace(text, " = default");
        return Spaces().Replace(text, " ").Trim();
    }

    private static string Clean(string text) => Attribute().Replace(text.Contains("DecimalConstant") ? text.Replace("@default", "default = default") : text, "")
        .Replace("KeyValuePair<, >", "KeyValuePair<System.Type, Akka.Actor.Directive>")
        .Replace("@", "");

    private static string TypeKey(string ns, string type) => type.Length == 0 ? ns : $"{ns}.{TypeArguments().Replace(Attribute().Replace(type, ""), "")}";

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "shared", "akka-api");
            if (System.IO.Directory.Exists(candidate)) return candidate;
        }

        return null;
    }

    private HashSet<string> MembersOf(string type) => members.TryGetValue(type, out var found) ? found : members[type] = [];

    [GeneratedRegex(@"\[(System|Akka)[^\[\]]*(\[\][^\[\]]*)?\]\s*")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"delegate \S.*? ([A-Za-z]+)(<[^(]*>)?\(")]
    private static partial Regex DelegateName();

    [GeneratedRegex(@"<[^<>]*(<[^<>]*>[^<>]*)*>")]
    private static partial Regex TypeArguments();

    [GeneratedRegex(@"\b(virtual|override|sealed|new|readonly|abstract|unsafe|async) ")]
    private static partial Regex ModifiersToDrop();

    [GeneratedRegex(@" = ([^,()]|\([^()]*\))+(?=[,)])")]
    private static partial Regex DefaultValue();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
