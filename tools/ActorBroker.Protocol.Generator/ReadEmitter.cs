namespace ActorBroker.Protocol.Generator;

/// <summary>Writes the bodies of <c>Read</c> methods.</summary>
internal sealed class ReadEmitter(Message message, VersionRange reach, CodeText code)
{
    public void Emit(List<Field> fields)
    {
        var flexible = VersionRangeFlexible();
        if (flexible.Condition(reach) is { } condition && !flexible.IsEmpty)
        {
            code.Line($"var flexible = {condition};");
        }

        foreach (var field in fields)
        {
            foreach (var range in PlainVersions(reach, field))
            {
                var present = range.Condition(reach);
                code.OpenIf(present);
                Value(field, range, Flexible(field));
                code.CloseIf(present);
            }
        }

        if (!flexible.IsEmpty)
        {
            Tags([.. fields.Where(field => !field.Tagged.And(reach).IsEmpty)], flexible);
        }
    }

    /// <summary>The versions in which a field is written in its place, not as a tagged field.</summary>
    public static IEnumerable<VersionRange> PlainVersions(VersionRange reach, Field field)
    {
        var versions = field.Versions.And(reach);
        var tagged = field.Tagged.And(reach);
        if (tagged.IsEmpty)
        {
            return versions.IsEmpty ? [] : [versions];
        }

        var before = versions.And(new VersionRange(0, tagged.First - 1));
        return before.IsEmpty ? [] : [before];
    }

    private VersionRange VersionRangeFlexible() => new VersionRange(message.FirstFlexible, Message.NeverFlexible).And(reach);

    private string Flexible(Field field) =>
        VersionRangeFlexible().IsEmpty || field.Inflexible ? "false" : VersionRangeFlexible() == reach ? "true" : "flexible";

    private void Tags(List<Field> tagged, VersionRange flexible)
    {
        code.Line();
        var always = flexible.Condition(reach) is null;
        if (tagged.Count == 0)
        {
            if (always)
            {
                code.Line("reader.SkipTaggedFields();");
            }
            else
            {
                code.Open("if (flexible)").Line("reader.SkipTaggedFields();").Close();
            }

            return;
        }

        code.OpenIf(always ? null : "flexible");
        code.Open("for (var tags = reader.ReadTagCount(); tags > 0; tags--)");
        code.Open("switch (reader.ReadTag(out var end))");
        foreach (var field in tagged)
        {
            var condition = field.Tagged.And(reach).Condition(flexible);
            code.Line($"case {field.Tag}{(condition is null ? "" : " when " + condition)}:").Open("");
            Value(field, field.Tagged.And(reach), "true");
            code.Line("reader.EndTag(end);").Line("break;").Close();
        }

        code.Line("default:").Line("    reader.SkipTag(end);").Line("    break;").Close().Close();
        code.CloseIf(always ? null : "flexible");
    }

    /// <summary>Reads one value; <paramref name="range"/> are the versions in which this code runs.</summary>
    private void Value(Field field, VersionRange range, string flexible)
    {
        var nullable = field.Nullable.And(range);
        var nullCondition = nullable.IsEmpty ? "false" : nullable.Condition(range) ?? "true";
        var path = $"\"{field.Name}\"";
        if (field.IsArray)
        {
            Array(field, flexible, nullCondition, path);
        }
        else if (field.IsStruct)
        {
            if (!nullable.IsEmpty)
            {
                code.Open(nullCondition == "true" ? "if (reader.ReadPresence())" : $"if (!({nullCondition}) || reader.ReadPresence())");
            }

            code.Line($"var {FieldTypes.Local(field)} = new {field.Type}();").Line($"{FieldTypes.Local(field)}.Read(ref reader, version);");
            code.Line($"{field.Name} = {FieldTypes.Local(field)};");
            if (!nullable.IsEmpty)
            {
                code.Close().Open("else").Line($"{field.Name} = null;").Close();
            }
        }
        else if (field.Type is "string" or "bytes" or "records")
        {
            var method = FieldTypes.IsInterned(field) ? "InternedString" : FieldTypes.Method(field);
            code.Line(field.Type == "records" ? $"{field.Name} = reader.ReadRecords({flexible});"
                : nullCondition == "false" ? $"{field.Name} = reader.Read{method}({flexible});"
                : nullCondition == "true" ? $"{field.Name} = reader.ReadNullable{method}({flexible});"
                : $"{field.Name} = {nullCondition} ? reader.ReadNullable{method}({flexible}) : reader.Read{method}({flexible});");
        }
        else
        {
            code.Line($"{field.Name} = reader.Read{FieldTypes.Method(field)}();");
        }
    }

    private void Array(Field field, string flexible, string nullCondition, string path)
    {
        var (local, element) = (FieldTypes.Local(field), FieldTypes.Element(field));
        code.Open("");
        code.Line($"var count = reader.ReadArrayCount({flexible}, {FieldTypes.SmallestElement(message, field)});");
        code.Open("if (count < 0)");
        if (nullCondition != "true")
        {
            code.OpenIf(nullCondition == "false" ? null : $"!({nullCondition})");
            code.Line($"throw reader.NullNotAllowed({path});");
            code.CloseIf(nullCondition == "false" ? null : nullCondition);
        }

        if (nullCondition != "false")
        {
            code.Line().Line($"{field.Name} = null;");
        }

        code.Close().Open("else");
        code.Line($"var {local} = new List<{element}>(ProtocolReader.FirstCapacity(count));");
        code.Open("for (var i = 0; i < count; i++)");
        if (field.IsStruct)
        {
            code.Line($"var element = new {element}();").Line("element.Read(ref reader, version);").Line($"{local}.Add(element);");
        }
        else
        {
            var method = FieldTypes.IsInterned(field) ? "InternedString" : FieldTypes.Method(field);
            code.Line($"{local}.Add(reader.Read{method}({(field.Type is "string" or "bytes" ? flexible : "")}));");
        }

        code.Close().Line().Line($"{field.Name} = {local};").Close().Close();
    }
}
