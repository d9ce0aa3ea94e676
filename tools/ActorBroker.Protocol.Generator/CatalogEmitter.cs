namespace ActorBroker.Protocol.Generator;

/// <summary>The API key enum, the catalogue of APIs and the factories of record types.</summary>
internal static class CatalogEmitter
{
    public static string EmitKeys(List<Api> apis)
    {
        var code = new CodeText();
        code.Header("ActorBroker.Protocol");
        code.Line("/// <summary>The APIs of the protocol by their number on the wire.</summary>").Open("public enum ApiKey : short");
        foreach (var api in apis)
        {
            code.Line($"{api.Name} = {api.Key},");
        }

        return code.Close().ToString();
    }

    public static string EmitCatalog(List<Api> apis)
    {
        var code = new CodeText();
        code.Header("ActorBroker.Protocol");
        code.Open("public static partial class ApiCatalog");
        code.Line("/// <summary>The highest API key that has a schema; keys are dense from 0.</summary>");
        code.Line($"public const short HighestKey = {apis[^1].Key};").Line();
        code.Line("/// <summary>What the schemas say about an API; false for an unknown key.</summary>");
        code.Open("public static bool TryGet(ApiKey key, out ApiInfo info)");
        code.Open("switch (key)");
        foreach (var api in apis)
        {
            var (request, response) = (api.Request, api.Response);
            var listeners = string.Join(" | ", api.Listeners.Select(name => "ApiListeners." + char.ToUpperInvariant(name[0]) + name[1..]));
            var stable = request.NewestUnstable ? request.Versions.Last - 1 : request.Versions.Last;
            code.Line($"case ApiKey.{api.Name}:");
            code.Line($"    info = new ApiInfo(key, \"{api.Name}\", {request.Versions.First}, {request.Versions.Last}, {stable}, {request.FirstFlexible}, {response.FirstFlexible}, {(listeners.Length == 0 ? "ApiListeners.None" : listeners)});");
            code.Line("    return true;");
        }

        code.Line("default:").Line("    info = default;").Line("    return false;").Close().Close().Line();
        Header(code, apis, "Request", api => api.Request, plain: 1);
        code.Line();
        Header(code, apis, "Response", api => api.Response, plain: 0);
        code.Line();
        Factory(code, apis, "Request", "IApiRequest");
        code.Line();
        Factory(code, apis, "Response", "IApiResponse");
        return code.Close().ToString();
    }

    public static string EmitRecordCatalog(string records, IEnumerable<Message> messages)
    {
        var code = new CodeText();
        code.Header("ActorBroker.Protocol." + records);
        code.Line($"/// <summary>The record types of {records} by their number.</summary>");
        code.Open($"public static class {records.TrimEnd('s')}Catalog");
        code.Line("/// <summary>An empty record of that type; null for an unknown type.</summary>");
        code.Open("public static ITypedRecord? Create(int recordType) => recordType switch");
        foreach (var message in messages)
        {
            code.Line($"{message.RecordType} => new {message.Name}(),");
        }

        return code.Line("_ => null,").Close(";").Close().ToString();
    }

    private static void Header(CodeText code, List<Api> apis, string side, Func<Api, Message> message, int plain)
    {
        code.Line($"/// <summary>The version of the header that precedes a {side.ToLowerInvariant()}; unknown keys get {plain}.</summary>");
        code.Open($"public static short {side}HeaderVersion(ApiKey key, short version)");
        code.Open("switch (key)");
        foreach (var api in apis)
        {
            var body = message(api);
            var flexible = body.FirstFlexible == Message.NeverFlexible ? $"{plain}"
                : body.FirstFlexible <= body.Versions.First ? $"{plain + 1}" : $"version >= {body.FirstFlexible} ? (short){plain + 1} : (short){plain}";
            var expression = body.Header is { } special
                ? body.HeaderVersions.Condition(body.Versions) is { } condition ? $"{condition} ? (short){special} : {flexible}" : $"{special}"
                : flexible;
            if (expression != $"{plain}")
            {
                code.Line($"case ApiKey.{api.Name}:").Line($"    return {expression};");
            }
        }

        code.Line("default:").Line($"    return {plain};").Close().Close();
    }

    private static void Factory(CodeText code, List<Api> apis, string side, string type)
    {
        code.Line($"/// <summary>An empty {side.ToLowerInvariant()} of an API.</summary>");
        code.Line("/// <exception cref=\"ArgumentOutOfRangeException\">The key has no schema.</exception>");
        code.Open($"public static {type} Create{side}(ApiKey key) => key switch");
        foreach (var api in apis)
        {
            code.Line($"ApiKey.{api.Name} => new Messages.{api.Name}{side}(),");
        }

        code.Line("_ => throw new ArgumentOutOfRangeException(nameof(key), key, \"no such API\"),").Close(";");
    }
}
