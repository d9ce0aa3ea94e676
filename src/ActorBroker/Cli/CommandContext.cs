using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace ActorBroker.Cli;

/// <summary>What a command reads from and writes to.</summary>
/// <param name="IsTerminal">Whether the output is read by a person: colours and prompts only then.</param>
/// <param name="InputIsTerminal">Whether the input is typed by a person.</param>
internal sealed record CommandContext(Stream In, TextWriter Out, TextWriter Error, bool IsTerminal, bool InputIsTerminal)
{
    private static readonly JsonSerializerOptions Indented = Options(indented: true);
    private static readonly JsonSerializerOptions OneLine = Options(indented: false);

    public static CommandContext OfProcess() => new(
        Console.OpenStandardInput(),
        new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 16 * 1024),
        Console.Error,
        !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null,
        !Console.IsInputRedirected);

    public void Line(string text = "") => Out.WriteLine(text);

    /// <summary>Writes a value as JSON, readable.</summary>
    public void Json(object value) => Out.WriteLine(JsonSerializer.Serialize(value, Indented));

    /// <summary>Writes a value as one line of JSON.</summary>
    public void JsonLine(object value) => Out.WriteLine(JsonSerializer.Serialize(value, OneLine));

    /// <summary>Writes rows under headings, aligned. Headings with a # in front are numbers and stand right.</summary>
    public void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (var heading in headings)
        {
            var column = new TableColumn(new Text(heading.TrimStart('#'), new Style(decoration: Decoration.Bold))) { NoWrap = true, Padding = new Padding(0, 0, 2, 0) };
            table.AddColumn(heading.StartsWith('#') ? column.RightAligned() : column);
        }

        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));

        // Spectre would fold lines at 80 columns where nobody looks at a terminal, and pads the last column.
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = IsTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = short.MaxValue;
        console.Write(table);
        foreach (var line in text.ToString().Split('\n'))
        {
            if (line.Length > 0)
                Out.WriteLine(line.TrimEnd(' ', '\r'));
        }
    }

    private static JsonSerializerOptions Options(bool indented) => new(JsonSerializerDefaults.Web)
    {
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };
}
