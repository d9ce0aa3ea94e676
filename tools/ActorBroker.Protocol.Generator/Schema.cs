namespace ActorBroker.Protocol.Generator;

internal enum MessageKind
{
    Request,
    Response,
    Data,
    Record,
}

/// <summary>One field of a struct, as written in a schema.</summary>
internal sealed record Field(string Name, string Type, bool IsArray, VersionRange Versions)
{
    public VersionRange Nullable { get; init; } = VersionRange.Empty;

    public VersionRange Tagged { get; init; } = VersionRange.Empty;

    public int Tag { get; init; } = -1;

    public string? Default { get; init; }

    public bool Ignorable { get; init; }

    public bool IsKey { get; init; }

    public bool Inflexible { get; init; }

    public string? Entity { get; init; }

    public bool IsNullable => !Nullable.IsEmpty;

    public bool IsStruct => char.IsUpper(Type[0]);

    public bool DefaultIsNull => Default == "null" || (Type == "records" && !IsArray);
}

internal sealed record Struct(string Name, List<Field> Fields);

internal sealed record Message(MessageKind Kind, string Name, VersionRange Versions, int FirstFlexible)
{
    public const int NeverFlexible = short.MaxValue;

    public required string Namespace { get; init; }

    public int? ApiKey { get; init; }

    public string? ApiName { get; init; }

    public int RecordType { get; init; } = -1;

    public VersionRange Deprecated { get; init; } = VersionRange.Empty;

    public bool NewestUnstable { get; init; }

    public int? Header { get; init; }

    public VersionRange HeaderVersions { get; init; } = VersionRange.Empty;

    public List<Field> Fields { get; } = [];

    /// <summary>All structs of the message, in the order of their first mention.</summary>
    public List<Struct> Structs { get; } = [];

    /// <summary>The versions of the message in which a struct can occur at all; its fields need no conditions beyond them.</summary>
    public VersionRange Reach(string owner)
    {
        if (owner == Name)
        {
            return Versions;
        }

        var reach = Include(VersionRange.Empty, Fields, owner, Versions);
        foreach (var other in Structs)
        {
            if (other.Name != owner && other.Fields.Exists(field => field.Type == owner))
            {
                reach = Include(reach, other.Fields, owner, Reach(other.Name));
            }
        }

        return reach;
    }

    private static VersionRange Include(VersionRange reach, List<Field> fields, string type, VersionRange valid)
    {
        foreach (var range in fields.Where(field => field.Type == type).Select(field => field.Versions.And(valid)).Where(range => !range.IsEmpty))
        {
            reach = reach.IsEmpty ? range : new VersionRange(Math.Min(reach.First, range.First), Math.Max(reach.Last, range.Last));
        }

        return reach;
    }

    public Struct StructNamed(string name) =>
        Structs.Find(candidate => candidate.Name == name) ?? throw new SchemaException($"{Name}: no struct is called '{name}'");
}

internal sealed record Api(int Key, string Name, string[] Listeners, Message Request, Message Response);

internal sealed record Error(int Code, string Name, bool Retriable, bool RefreshesMetadata, string Meaning);

internal sealed class SchemaException(string message) : Exception(message);
