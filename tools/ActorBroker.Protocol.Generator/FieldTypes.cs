namespace ActorBroker.Protocol.Generator;

/// <summary>How schema types look in C# and on the wire.</summary>
internal static class FieldTypes
{
    /// <summary>The C# type of one element of the field, never nullable.</summary>
    public static string Element(Field field) => field.Type switch
    {
        "bool" => "bool",
        "int8" => "sbyte",
        "int16" => "short",
        "uint16" => "ushort",
        "int32" => "int",
        "uint32" => "uint",
        "int64" => "long",
        "float64" => "double",
        "uuid" => "Guid",
        "bytes" => "ReadOnlyMemory<byte>",
        "records" => "RecordsPayload",
        "error" => "ErrorCode",
        var type => type,
    };

    /// <summary>The C# type of the property.</summary>
    public static string Property(Field field)
    {
        var type = field.IsArray ? $"List<{Element(field)}>" : Element(field);
        return field.IsNullable || field.Type == "records" ? type + "?" : type;
    }

    /// <summary>The name of the reader's and writer's methods: Read…, Write….</summary>
    public static string Method(Field field) => field.Type switch
    {
        "bool" => "Boolean",
        "int8" => "Int8",
        "int16" => "Int16",
        "uint16" => "UInt16",
        "int32" => "Int32",
        "uint32" => "UInt32",
        "int64" => "Int64",
        "float64" => "Float64",
        "uuid" => "Uuid",
        "string" => "String",
        "bytes" => "Bytes",
        "records" => "Records",
        "error" => "ErrorCode",
        var type => type,
    };

    /// <summary>Texts of this kind repeat from request to request, so that the reader keeps a bounded cache of them.</summary>
    public static bool IsInterned(Field field) => field is { Type: "string", Entity: "topicName" or "groupId" or "transactionalId" };

    public static string? Initializer(Field field)
    {
        if (field.DefaultIsNull)
        {
            return null;
        }

        if (field.IsArray)
        {
            return "[]";
        }

        return field.Type switch
        {
            "string" => field.Default ?? "\"\"",
            "bytes" => field.IsNullable ? "ReadOnlyMemory<byte>.Empty" : null,
            _ when field.IsStruct => "new()",
            "error" => field.Default is { } code ? $"(ErrorCode){code}" : null,
            _ => field.Default,
        };
    }

    /// <summary>A condition that holds when the field's value differs from its default.</summary>
    public static string NotDefault(Field field)
    {
        var name = field.Name;
        if (field.DefaultIsNull)
        {
            return $"{name} is not null";
        }

        if (HasLazyField(field))
        {
            return field.IsArray ? $"{Lazy(field)} is {{ Count: > 0 }}" : $"{Lazy(field)}?.IsDefault() == false";
        }

        if (field.IsArray)
        {
            return $"{name} is not {{ Count: 0 }}";
        }

        return field.Type switch
        {
            "string" => $"{name} is not {field.Default ?? "\"\""}",
            "bytes" => field.IsNullable ? $"{name} is not {{ Length: 0 }}" : $"{name}.Length != 0",
            "uuid" => $"{name} != Guid.Empty",
            "bool" => field.Default == "true" ? $"!{name}" : name,
            "error" => $"(short){name} != {field.Default ?? "0"}",
            "float64" => $"!{name}.Equals({field.Default ?? "0"}d)",
            _ when field.IsStruct => $"{name}?.IsDefault() != true",
            _ => $"{name} != {field.Default ?? "0"}",
        };
    }

    /// <summary>Lists and structs that are never null are made when first asked for, so that an unused one costs nothing.</summary>
    public static bool HasLazyField(Field field) => !field.IsNullable && (field.IsArray || field.IsStruct);

    public static string Lazy(Field field) => "_" + Local(field);

    public static string Local(Field field) => char.ToLowerInvariant(field.Name[0]) + field.Name[1..];

    /// <summary>The fewest bytes that one element of an array field takes in any version that has the array.</summary>
    public static int SmallestElement(Message message, Field field)
    {
        var versions = field.Versions.And(message.Versions);
        var smallest = int.MaxValue;
        for (var version = versions.First; version <= versions.Last; version++)
        {
            smallest = Math.Min(smallest, Smallest(message, field with { IsArray = false, Nullable = VersionRange.Empty }, version));
        }

        return smallest > 0 ? smallest : throw new SchemaException($"{message.Name}.{field.Name}: elements of no bytes cannot be counted safely");
    }

    private static int Smallest(Message message, Field field, int version)
    {
        var flexible = version >= message.FirstFlexible && !field.Inflexible;
        if (field.IsArray)
        {
            return flexible ? 1 : 4;
        }

        return field.Type switch
        {
            "bool" or "int8" => 1,
            "int16" or "uint16" or "error" => 2,
            "int32" or "uint32" => 4,
            "int64" or "float64" => 8,
            "uuid" => 16,
            "string" => flexible ? 1 : 2,
            "bytes" or "records" => flexible ? 1 : 4,
            _ when field.Nullable.Contains(version) => 1,
            _ => (flexible ? 1 : 0) + message.StructNamed(field.Type).Fields
                .Where(inner => inner.Versions.Contains(version) && !inner.Tagged.Contains(version))
                .Sum(inner => Smallest(message, inner, version)),
        };
    }
}
