using System.Globalization;
using System.Text.RegularExpressions;

namespace ActorBroker.Protocol.Generator;

/// <summary>Reads one schema file; the notation is described in docs/formats/protocol-schemas.md.</summary>
internal sealed partial class SchemaParser(string path)
{
    private static readonly string[] PrimitiveTypes =
        ["bool", "int8", "int16", "uint16", "int32", "uint32", "int64", "float64", "uuid", "string", "bytes", "records", "error"];

    private readonly List<(int Number, int Indent, string Text)> _lines = [];
    private int _next;
    private int? _apiKey;
    private string? _apiName;
    private string[] _listeners = [];
    private string _namespace = "Messages";

    public (List<Message> Messages, Api? Api) Parse()
    {
        ReadLines();
        var messages = new List<Message>();
        while (_next < _lines.Count)
        {
            var (number, indent, text) = _lines[_next++];
            if (indent != 0)
            {
                throw Bad(number, "a top-level line must not be indented");
            }

            var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words[0])
            {
                case "api" when words.Length == 3:
                    _apiKey = int.Parse(words[1], CultureInfo.InvariantCulture);
                    _apiName = words[2];
                    break;
                case "listeners":
                    _listeners = words[1..];
                    break;
                case "namespace" when words.Length == 2:
                    _namespace = words[1];
                    break;
                case "request" or "response" or "data" or "record":
                    messages.Add(ParseMessage(number, words));
                    break;
                default:
                    throw Bad(number, $"'{words[0]}' is not known here");
            }
        }

        if (_apiKey is null)
        {
            return (messages, null);
        }

        var request = messages.Find(message => message.Kind == MessageKind.Request);
        var response = messages.Find(message => message.Kind == MessageKind.Response);
        return request is null || response is null
            ? throw Bad(1, "an api needs a request and a response")
            : (messages, new Api(_apiKey.Value, _apiName!, _listeners, request, response));
    }

    private void ReadLines()
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var text = Comment().Replace(line, "").TrimEnd();
            if (text.Length > 0)
            {
                var indent = text.Length - text.TrimStart(' ').Length;
                if (indent % 4 != 0)
                {
                    throw Bad(number, "indentation is four blanks a level");
                }

                _lines.Add((number, indent / 4, text.Trim()));
            }
        }
    }

    private Message ParseMessage(int number, string[] words)
    {
        var at = 1;
        var kind = Enum.Parse<MessageKind>(words[0], ignoreCase: true);
        var recordType = kind == MessageKind.Record ? int.Parse(words[at++], CultureInfo.InvariantCulture) : -1;
        var name = kind switch
        {
            MessageKind.Request => _apiName + "Request",
            MessageKind.Response => _apiName + "Response",
            _ => words[at++],
        };
        var versions = Versions(number, words[at++], int.MaxValue);
        var message = new Message(kind, name, versions, Message.NeverFlexible)
        {
            Namespace = _namespace,
            ApiKey = kind is MessageKind.Request or MessageKind.Response ? _apiKey ?? throw Bad(number, "no api line above") : null,
            ApiName = _apiName,
            RecordType = recordType,
        };
        while (at < words.Length)
        {
            message = words[at++] switch
            {
                "flexible" => message with { FirstFlexible = Versions(number, words[at++], versions.Last).First },
                "deprecated" => message with { Deprecated = Versions(number, words[at++], versions.Last) },
                "unstable" => message with { NewestUnstable = true },
                "header" => message with { Header = int.Parse(words[at], CultureInfo.InvariantCulture), HeaderVersions = Versions(number, words[(at += 3) - 1], versions.Last) },
                var word => throw Bad(number, $"'{word}' is not known here"),
            };
        }

        message.Fields.AddRange(ParseFields(message, versions.Last, 1));
        CheckNames(number, message);
        return message;
    }

    private List<Field> ParseFields(Message message, int newest, int depth)
    {
        var fields = new List<Field>();
        while (_next < _lines.Count && _lines[_next].Indent >= depth)
        {
            var (number, indent, text) = _lines[_next++];
            if (indent > depth)
            {
                throw Bad(number, "indented too far");
            }

            if (text.StartsWith("struct ", StringComparison.Ordinal))
            {
                AddStruct(message, number, text.Split(' ')[1], depth + 1, newest);
                continue;
            }

            var field = ParseField(number, text, newest);
            fields.Add(field);
            if (_next < _lines.Count && _lines[_next].Indent > depth)
            {
                AddStruct(message, number, field.Type, depth + 1, newest);
            }
        }

        return fields;
    }

    private void AddStruct(Message message, int number, string name, int depth, int newest)
    {
        if (message.Structs.Exists(known => known.Name == name) || !char.IsUpper(name[0]))
        {
            throw Bad(number, $"the struct '{name}' cannot be given here");
        }

        var added = new Struct(name, []);
        message.Structs.Add(added);
        added.Fields.AddRange(ParseFields(message, newest, depth));
    }

    private Field ParseField(int number, string text, int newest)
    {
        var match = FieldLine().Match(text);
        if (!match.Success)
        {
            throw Bad(number, "a field is 'Name: type versions attributes'");
        }

        var versions = Versions(number, match.Groups["versions"].Value, newest);
        var type = match.Groups["type"].Value;
        if (!char.IsUpper(type[0]) && !PrimitiveTypes.Contains(type))
        {
            throw Bad(number, $"there is no type '{type}'");
        }

        var field = new Field(match.Groups["name"].Value, type, match.Groups["array"].Success, versions)
        {
            Nullable = match.Groups["nullable"].Success ? versions : VersionRange.Empty,
        };
        var words = Word().Matches(match.Groups["rest"].Value).Select(word => word.Value).ToArray();
        for (var at = 0; at < words.Length; at++)
        {
            switch (words[at])
            {
                case "tag":
                    field = field with { Tag = int.Parse(words[++at], CultureInfo.InvariantCulture), Tagged = versions };
                    break;
                case "in":
                    field = field with { Tagged = Versions(number, words[++at], newest) };
                    break;
                case "nullable":
                    field = field with { Nullable = Versions(number, words[++at], newest) };
                    break;
                case "=":
                    field = field with { Default = words[++at] };
                    break;
                case "key":
                    field = field with { IsKey = true };
                    break;
                case "ignorable":
                    field = field with { Ignorable = true };
                    break;
                case "inflexible":
                    field = field with { Inflexible = true };
                    break;
                case "is":
                    field = field with { Entity = words[++at] };
                    break;
                default:
                    throw Bad(number, $"'{words[at]}' is not an attribute");
            }
        }

        return field.Default == "null" && !field.IsNullable ? throw Bad(number, "null cannot be the default of a field that is never null") : field;
    }

    /// <summary>C# does not allow a member with the name of a nested type or of its own class; the schema names such a type <c>…Data</c>.</summary>
    private void CheckNames(int number, Message message)
    {
        foreach (var type in message.Structs)
        {
            if (message.Fields.Exists(field => field.Name == type.Name) || type.Fields.Exists(field => field.Name == type.Name))
            {
                throw Bad(number, $"{message.Name}: the struct '{type.Name}' has the name of a field; call it '{type.Name}Data'");
            }
        }
    }

    private VersionRange Versions(int number, string text, int newest) =>
        VersionRange.TryParse(text, newest, out var range) ? range : throw Bad(number, $"'{text}' is not a version range");

    private SchemaException Bad(int line, string problem) => new($"{path}({line}): error ABP001: {problem}");

    [GeneratedRegex("#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(?<name>[A-Z]\w*): (?<array>\[\])?(?<type>\w+)(?<nullable>\?)? (?<versions>\S+)(?<rest> .*)?$")]
    private static partial Regex FieldLine();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();
}
