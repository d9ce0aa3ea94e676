using System.Globalization;

namespace ActorBroker.Hocon.Tests;

/// <summary>Values by dotted path.</summary>
internal static class Reading
{
    public static HoconValue? At(this HoconObject fields, string path)
    {
        var names = path.Split('.');
        var at = names[..^1].Aggregate((HoconObject?)fields, (inner, name) => inner?.Items.GetValueOrDefault(name)?.Object);
        return at?.Items.GetValueOrDefault(names[^1]);
    }

    /// <summary>Whether there is a value other than null.</summary>
    public static bool Has(this HoconObject fields, string path) => fields.At(path) is { IsNull: false };

    public static string? Text(this HoconObject fields, string path) => fields.At(path)!.Text;

    public static int Int(this HoconObject fields, string path) => Number(fields.At(path)!);

    public static int[] Ints(this HoconObject fields, string path) => [.. fields.At(path)!.List!.Select(Number)];

    public static string[] Texts(this HoconObject fields, string path) => [.. fields.At(path)!.List!.Select(item => item.Text!)];

    private static int Number(HoconValue value) => int.Parse(value.Text!, CultureInfo.InvariantCulture);
}
