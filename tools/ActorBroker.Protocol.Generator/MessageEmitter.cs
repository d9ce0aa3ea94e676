namespace ActorBroker.Protocol.Generator;

/// <summary>Writes the C# class of one message with its nested structs.</summary>
internal sealed class MessageEmitter(Message message)
{
    private readonly CodeText _code = new();

    public string Emit()
    {
        _code.Header("ActorBroker.Protocol." + message.Namespace);
        _code.Line($"/// <summary>{Summary()}</summary>");
        _code.Open($"public sealed class {message.Name} : {Interface()}");
        Constants();
        Body(message.Fields, message.Name);
        foreach (var nested in message.Structs)
        {
            _code.Line().Line($"/// <summary>Part of <see cref=\"{message.Name}\"/>.</summary>");
            _code.Open($"public sealed class {nested.Name}");
            Body(nested.Fields, nested.Name);
            if (NeedsIsDefault(nested))
            {
                IsDefault(nested);
            }

            _code.Close();
        }

        return _code.Close().ToString();
    }

    private string Summary() => message.Kind switch
    {
        MessageKind.Request => $"Request of API {message.ApiKey} {message.ApiName}, versions {message.Versions.First} to {message.Versions.Last}.",
        MessageKind.Response => $"Response of API {message.ApiKey} {message.ApiName}, versions {message.Versions.First} to {message.Versions.Last}.",
        MessageKind.Record => $"Record type {message.RecordType}, versions {message.Versions.First} to {message.Versions.Last}.",
        _ => $"Versions {message.Versions.First} to {message.Versions.Last}.",
    };

    private string Interface() => message.Kind switch
    {
        MessageKind.Request => "IApiRequest",
        MessageKind.Response => "IApiResponse",
        MessageKind.Record => "ITypedRecord",
        _ => "IMessage",
    };

    private void Constants()
    {
        _code.Line("/// <summary>The oldest version that has a schema.</summary>").Line($"public const short MinVersion = {message.Versions.First};").Line();
        _code.Line("/// <summary>The newest version that has a schema.</summary>").Line($"public const short MaxVersion = {message.Versions.Last};").Line();
        _code.Line("/// <summary>The first version with compact lengths and tagged fields; <see cref=\"short.MaxValue\"/> when there is none.</summary>");
        _code.Line($"public const short FirstFlexibleVersion = {message.FirstFlexible};").Line();
        if (message.ApiName is not null)
        {
            _code.Line("/// <inheritdoc/>").Line($"public ApiKey ApiKey => ApiKey.{message.ApiName};").Line();
        }

        if (message.Kind == MessageKind.Record)
        {
            _code.Line("/// <inheritdoc/>").Line($"public int RecordType => {message.RecordType};").Line();
        }
    }

    private void Body(List<Field> fields, string owner)
    {
        foreach (var field in fields)
        {
            Property(field);
        }

        var isMessage = owner == message.Name;
        _code.Line(isMessage ? "/// <inheritdoc/>" : "/// <summary>Fills this new object from the wire.</summary>");
        _code.Open($"{(isMessage ? "public" : "internal")} void Read(ref ProtocolReader reader, short version)");
        VersionCheck(isMessage, "reader.EnterMessage(\"" + message.Name + "\");");
        new ReadEmitter(message, message.Reach(owner), _code).Emit(fields);
        _code.Close().Line();

        _code.Line(isMessage ? "/// <inheritdoc/>" : "/// <summary>Puts this object on the wire.</summary>");
        _code.Open($"{(isMessage ? "public" : "internal")} void Write(ProtocolWriter writer, short version)");
        VersionCheck(isMessage, null);
        new WriteEmitter(message, message.Reach(owner), _code).Emit(fields, owner);
        _code.Close();
    }

    private void VersionCheck(bool isMessage, string? then)
    {
        if (!isMessage)
        {
            return;
        }

        var (first, last) = (message.Versions.First, message.Versions.Last);
        _code.Open(first == last ? $"if (version != {first})" : $"if (version < {first} || version > {last})");
        _code.Line($"throw ProtocolException.UnsupportedVersion(\"{message.Name}\", version);").Close().Line();
        if (then is not null)
        {
            _code.Line(then);
        }
    }

    private void Property(Field field)
    {
        var type = FieldTypes.Property(field);
        _code.Line($"/// <summary>Versions {Range(field.Versions)}{(field.Entity is null ? "" : ", " + field.Entity)}.</summary>");
        if (FieldTypes.HasLazyField(field))
        {
            var lazy = FieldTypes.Lazy(field);
            _code.Open($"public {type} {field.Name}");
            _code.Line($"get => {lazy} ??= {(field.IsArray ? "[]" : "new()")};").Line($"set => {lazy} = value;").Close();
            _code.Line().Line($"private {type}? {lazy};").Line();
            return;
        }

        var initializer = FieldTypes.Initializer(field);
        _code.Line($"public {type} {field.Name} {{ get; set; }}{(initializer is null ? "" : $" = {initializer};")}").Line();
    }

    private string Range(VersionRange versions)
    {
        var valid = versions.And(message.Versions);
        return valid.Last == message.Versions.Last ? $"{valid.First}+" : $"{valid.First} to {valid.Last}";
    }

    private bool NeedsIsDefault(Struct nested) =>
        message.Fields.Concat(message.Structs.SelectMany(other => other.Fields)).Any(field => field.Type == nested.Name && !field.IsArray);

    private void IsDefault(Struct nested)
    {
        _code.Line().Line("/// <summary>Whether every field has its default value.</summary>").Open("internal bool IsDefault()");
        foreach (var field in nested.Fields)
        {
            _code.Open($"if ({FieldTypes.NotDefault(field)})").Line("return false;").Close().Line();
        }

        _code.Line("return true;").Close();
    }
}
