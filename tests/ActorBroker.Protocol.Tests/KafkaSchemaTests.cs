using System.Text.Json;
using ActorBroker.Harness;
using ActorBroker.Protocol.Generator;

namespace ActorBroker.Protocol.Tests;

/// <summary>Runs only beside the reference data that Kafka's own schemas are part of.</summary>
public sealed class KafkaSchemaTheoryAttribute : TheoryAttribute
{
    public KafkaSchemaTheoryAttribute()
    {
        if (!Directory.Exists(KafkaSchemaTests.Reference))
        {
            Skip = $"the reference schemas are not at {KafkaSchemaTests.Reference}";
        }
    }
}

public sealed class KafkaSchemaTests
{
    internal static string Reference { get; } = Path.GetFullPath(Path.Combine(Checkout.Root, "..", "shared", "kafka"));

    public static TheoryData<string> Names => SchemaFiles.Names;

    [KafkaSchemaTheory]
    [MemberData(nameof(Names))]
    public void A_schema_equals_Kafkas_field_by_field(string name)
    {
        var ours = SchemaFiles.Get(name);
        using var document = JsonDocument.Parse(File.ReadAllText(Files().Single(file => NameIn(file) == name)));
        var theirs = document.RootElement;

        var newest = Range(theirs, "validVersions", int.MaxValue).Last;
        Assert.Equal(Range(theirs, "validVersions", newest), ours.Versions);
        Assert.Equal(Range(theirs, "flexibleVersions", newest) is { IsEmpty: false } flexible ? flexible.First : Message.NeverFlexible, ours.FirstFlexible);
        Assert.Equal(Range(theirs, "deprecatedVersions", newest), ours.Deprecated);
        Assert.Equal(Text(theirs, "latestVersionUnstable") == "true", ours.NewestUnstable);
        if (theirs.TryGetProperty("apiKey", out var key))
        {
            Assert.Equal(key.GetInt32(), ours.ApiKey ?? ours.RecordType);
        }

        var structs = new Dictionary<string, JsonElement>();
        if (theirs.TryGetProperty("commonStructs", out var common))
        {
            foreach (var shared in common.EnumerateArray())
            {
                structs[Text(shared, "name")!] = shared.GetProperty("fields");
            }
        }

        Compare(theirs.GetProperty("fields"), ours.Fields, ours, structs, newest, name);
    }

    [KafkaSchemaTheory]
    [InlineData("messages")]
    [InlineData("messages-coordinator")]
    public void Every_schema_of_Kafka_is_there(string folder)
    {
        var theirs = Files().Where(file => file.StartsWith(Path.Combine(Reference, folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)).Select(NameIn);

        Assert.Empty(theirs.Except(SchemaFiles.Messages.Select(message => message.Name)));
    }

    [KafkaSchemaTheory]
    [InlineData("errors.tsv")]
    public void Error_codes_equal_Kafkas(string table)
    {
        var rows = File.ReadLines(Path.Combine(Reference, table)).Skip(1).Where(line => line.Length > 0).Select(line => line.Split('\t')).ToList();

        Assert.Equal(rows.Count, Enum.GetValues<ErrorCode>().Length);
        foreach (var row in rows)
        {
            var code = (ErrorCode)short.Parse(row[0]);
            Assert.Equal(row[1], code.KafkaName());
            Assert.Equal(row[2] == "y", code.IsRetriable());
            Assert.Equal(row[3] == "y", code.RefreshesMetadata());
        }
    }

    [KafkaSchemaTheory]
    [InlineData("apis.tsv")]
    public void Header_versions_equal_Kafkas(string table)
    {
        foreach (var cells in File.ReadLines(Path.Combine(Reference, table)).Skip(1).Where(line => line.Length > 0).Select(line => line.Split('\t')))
        {
            var key = (ApiKey)short.Parse(cells[0]);
            var info = ApiCatalog.Get(key);
            Assert.Equal(cells[1], info.Name);
            for (var version = info.MinVersion; version <= info.MaxVersion; version++)
            {
                Assert.Equal(HeaderVersion(cells[13], version), ApiCatalog.RequestHeaderVersion(key, version));
                Assert.Equal(HeaderVersion(cells[14], version), ApiCatalog.ResponseHeaderVersion(key, version));
            }
        }
    }

    private static IEnumerable<string> Files() => Directory.EnumerateFiles(Reference, "*.json", SearchOption.AllDirectories);

    /// <summary>A file is named after its message, but for one that kept an older name.</summary>
    private static string NameIn(string file) => Path.GetFileNameWithoutExtension(file) is var name && name == "ZkMigrationRecord" ? "ZkMigrationStateRecord" : name;

    private static short HeaderVersion(string cell, int version) =>
        cell.Split(' ').Select(part => part.Split("=v"))
            .Where(part => VersionRange.TryParse(part[0], 0, out var range) && range.Contains(version))
            .Select(part => short.Parse(part[1])).Single();

    private static void Compare(JsonElement theirs, List<Field> ours, Message message, Dictionary<string, JsonElement> structs, int newest, string path)
    {
        Assert.Equal(theirs.EnumerateArray().Select(field => Capital(Text(field, "name")!)), ours.Select(field => field.Name));
        foreach (var (json, field) in theirs.EnumerateArray().Zip(ours))
        {
            var here = path + "." + field.Name;
            var type = Text(json, "type")!;
            var tagged = Range(json, "taggedVersions", newest);
            Equal(type.StartsWith("[]", StringComparison.Ordinal), field.IsArray, here, "array");
            Equal(json.TryGetProperty("versions", out _) ? Range(json, "versions", newest) : tagged, field.Versions, here, "versions");
            Equal(Range(json, "nullableVersions", newest).And(field.Versions), field.Nullable.And(field.Versions), here, "nullable");
            Equal(tagged, field.Tagged, here, "tagged");
            Equal(tagged.IsEmpty ? -1 : int.Parse(Text(json, "tag")!), field.Tag, here, "tag");
            Equal(Text(json, "ignorable") == "true", field.Ignorable, here, "ignorable");
            Equal(Text(json, "mapKey") == "true", field.IsKey, here, "key");
            Equal(Text(json, "entityType"), field.Entity, here, "entity");
            Equal(Text(json, "flexibleVersions") == "none", field.Inflexible, here, "inflexible");
            Equal(Default(Text(json, "default")), Default(field.Default?.Trim('"')), here, "default");
            var element = type.Replace("[]", "", StringComparison.Ordinal);
            if (field.IsStruct)
            {
                var fields = json.TryGetProperty("fields", out var inline) ? inline : structs[element];
                structs[element] = fields;
                Compare(fields, message.StructNamed(field.Type).Fields, message, structs, newest, here);
            }
            else
            {
                Equal(element, field.Type == "error" ? "int16" : field.Type, here, "type");
            }
        }
    }

    private static void Equal<T>(T theirs, T ours, string path, string what) =>
        Assert.True(EqualityComparer<T>.Default.Equals(theirs, ours), $"{path}: {what} is {ours}, Kafka has {theirs}");

    private static string Default(string? text) => text is null or "" or "0" or "false" ? "" : text;

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private static string? Text(JsonElement json, string name) => !json.TryGetProperty(name, out var value) ? null
        : value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.True => "true",
            JsonValueKind.Null => null,
            JsonValueKind.False => "false",
            _ => value.GetRawText(),
        };

    private static VersionRange Range(JsonElement json, string name, int newest) =>
        Text(json, name) is { } text && VersionRange.TryParse(text, newest, out var range) ? range : VersionRange.Empty;
}
