using System.Globalization;
using System.Text.RegularExpressions;

namespace ActorBroker.Protocol.Generator;

/// <summary>Reads errors.abp: <c>number Name [retriable] [refresh] "meaning"</c>.</summary>
internal static partial class ErrorsParser
{
    public static List<Error> Parse(string path)
    {
        var errors = new List<Error>();
        foreach (var (index, line) in File.ReadLines(path).Index())
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var match = Line().Match(line);
            if (!match.Success)
            {
                throw new SchemaException($"{path}({index + 1}): error ABP002: an error is 'number Name [retriable] [refresh] \"meaning\"'");
            }

            errors.Add(new Error(
                int.Parse(match.Groups["code"].Value, CultureInfo.InvariantCulture),
                match.Groups["name"].Value,
                match.Groups["retriable"].Success,
                match.Groups["refresh"].Success,
                match.Groups["meaning"].Value));
        }

        return errors;
    }

    [GeneratedRegex("^(?<code>-?\\d+) (?<name>\\w+)(?<retriable> retriable)?(?<refresh> refresh)? \"(?<meaning>.*)\"$")]
    private static partial Regex Line();
}
