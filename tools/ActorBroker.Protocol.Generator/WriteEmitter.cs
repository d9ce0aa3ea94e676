namespace ActorBroker.Protocol.Generator;

/// <summary>Writes the bodies of <c>Write</c> methods.</summary>
internal sealed class WriteEmitter(Message message, VersionRange reach, CodeText code)
{
    public void Emit(List<Field> fields, string owner)
    {
        var flexible = new VersionRange(message.FirstFlexible, Message.NeverFlexible).And(reach);
        if (flexible.Condition(reach) is { } whenFlexible && !flexible.IsEmpty)
        {
            code.Line($"var flexible = {whenFlexible};");
        }

        var path = owner == message.Name ? owner : message.Name + "." + owner;
        foreach (var field in fields)
        {
            RefuseWhereAbsent(field, path);
            foreach (var range in ReadEmitter.PlainVersions(reach, field))
            {
                var condition = range.Condition(reach);
                code.OpenIf(condition);
                Value(field, range, path, flexible.IsEmpty || field.Inflexible ? "false" : flexible == reach ? "true" : "flexible");
                code.CloseIf(condition);
            }
        }

        if (!flexible.IsEmpty)
        {
            Tags([.. fields.Where(field => !field.Tagged.And(reach).IsEmpty).OrderBy(field => field.Tag)], path, flexible);
        }
    }

    /// <summary>A value that matters must not be lost because the peer's version has no place for it.</summary>
    private void RefuseWhereAbsent(Field field, string path)
    {
        if (field.Ignorable || field.Versions.And(reach) == reach)
        {
            return;
        }

        var present = field.Versions.Condition(reach)!;
        var test = FieldTypes.NotDefault(field);
        code.Open($"if (!({present}) && {(test.Contains("&&", StringComparison.Ordinal) ? $"({test})" : test)})");
        code.Line($"throw ProtocolException.NotInVersion(\"{path}.{field.Name}\", version);").Close();
    }

    private void Tags(List<Field> tagged, string path, VersionRange flexible)
    {
        code.Line();
        var always = flexible.Condition(reach) is null;
        code.OpenIf(always ? null : "flexible");
        if (tagged.Count == 0)
        {
            code.Line("writer.WriteUVarint(0);").CloseIf(always ? null : "flexible");
            return;
        }

        code.Line("var tags = 0u;");
        foreach (var field in tagged)
        {
            code.Line($"var has{field.Name} = {Present(field, flexible)};").Open($"if (has{field.Name})").Line("tags++;").Close().Line();
        }

        code.Line("writer.WriteUVarint(tags);");
        foreach (var field in tagged)
        {
            code.Open($"if (has{field.Name})");
            code.Line($"var tagStart = writer.BeginTag({field.Tag});");
            Value(field, field.Tagged.And(reach), path, "true");
            code.Line("writer.EndTag(tagStart);").Close();
        }

        code.CloseIf(always ? null : "flexible");
    }

    private string Present(Field field, VersionRange flexible)
    {
        var test = FieldTypes.NotDefault(field);
        var condition = field.Tagged.And(reach).Condition(flexible);
        return condition is null ? test : $"{condition} && {(test.Contains("&&", StringComparison.Ordinal) ? $"({test})" : test)}";
    }

    private void Value(Field field, VersionRange range, string path, string flexible)
    {
        var nullable = field.Nullable.And(range);
        var name = field.Name;
        if (field.IsNullable && nullable != range && field.Type != "records")
        {
            var condition = nullable.IsEmpty ? null : nullable.Condition(range);
            code.Open($"if ({name} is null{(condition is null ? "" : $" && !({condition})")})");
            code.Line($"throw ProtocolException.NullNotAllowed(\"{path}.{name}\", version);").Close().Line();
        }

        if (field.IsArray)
        {
            Array(field, flexible);
        }
        else if (field.IsStruct)
        {
            Structure(field, range, nullable);
        }
        else if (field.Type == "records")
        {
            code.Line($"writer.WriteRecords({name}, {flexible}, nullAllowed: {(nullable.IsEmpty ? "false" : nullable.Condition(range) ?? "true")});");
        }
        else if (field.Type is "string" or "bytes")
        {
            code.Line($"writer.Write{(field.IsNullable ? "Nullable" : "")}{FieldTypes.Method(field)}({name}, {flexible});");
        }
        else
        {
            code.Line($"writer.Write{FieldTypes.Method(field)}({name});");
        }
    }

    private void Structure(Field field, VersionRange range, VersionRange nullable)
    {
        if (nullable.IsEmpty)
        {
            code.Line(field.IsNullable ? $"{field.Name}!.Write(writer, version);" : $"{field.Name}.Write(writer, version);");
            return;
        }

        var condition = nullable.Condition(range);
        code.Open($"if ({field.Name} is null)").Line("writer.WriteInt8(-1);").Close().Open("else");
        code.OpenIf(condition).Line("writer.WriteInt8(1);").CloseIf(condition);
        code.Line($"{field.Name}.Write(writer, version);").Close();
    }

    private void Array(Field field, string flexible)
    {
        var list = FieldTypes.HasLazyField(field) ? FieldTypes.Lazy(field) : field.Name;
        var missing = FieldTypes.HasLazyField(field) ? "0" : "-1";
        code.Line($"writer.WriteArrayCount({list}?.Count ?? {missing}, {flexible});");
        code.Open($"if ({list} is not null)");
        code.Open($"foreach (var element in {list})");
        code.Line(field.IsStruct
            ? "element.Write(writer, version);"
            : $"writer.Write{FieldTypes.Method(field)}(element{(field.Type is "string" or "bytes" ? ", " + flexible : "")});");
        code.Close().Close();
    }
}
