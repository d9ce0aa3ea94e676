using ActorBroker.Protocol.Generator;

// Usage: ActorBroker.Protocol.Generator SCHEMA_DIR OUTPUT_DIR
// Writes one C# file a message, the enums and the catalogues; files whose text did not change keep their time, others that it no longer makes are deleted.
if (args.Length != 2)
{
    Console.Error.WriteLine("usage: ActorBroker.Protocol.Generator SCHEMA_DIR OUTPUT_DIR");
    return 2;
}

try
{
    var files = new Dictionary<string, string>();
    var messages = new List<Message>();
    var apis = new List<Api>();
    foreach (var path in Directory.EnumerateFiles(args[0], "*.abp", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
    {
        if (Path.GetFileName(path) == "errors.abp")
        {
            files["ErrorCode"] = ErrorEmitter.Emit(ErrorsParser.Parse(path));
            continue;
        }

        var (found, api) = new SchemaParser(path).Parse();
        messages.AddRange(found);
        if (api is not null)
        {
            apis.Add(api);
        }
    }

    foreach (var message in messages)
    {
        files[message.Namespace + "." + message.Name] = new MessageEmitter(message).Emit();
    }

    apis.Sort((left, right) => left.Key.CompareTo(right.Key));
    files["ApiKey"] = CatalogEmitter.EmitKeys(apis);
    files["ApiCatalog"] = CatalogEmitter.EmitCatalog(apis);
    foreach (var group in messages.Where(message => message.Kind == MessageKind.Record).GroupBy(message => message.Namespace))
    {
        files[group.Key + ".Catalog"] = CatalogEmitter.EmitRecordCatalog(group.Key, group.OrderBy(message => message.RecordType));
    }

    Directory.CreateDirectory(args[1]);
    foreach (var stale in Directory.EnumerateFiles(args[1], "*.g.cs").Where(file => !files.ContainsKey(Path.GetFileName(file)[..^".g.cs".Length])))
    {
        File.Delete(stale);
    }

    foreach (var (name, text) in files)
    {
        var path = Path.Combine(args[1], name + ".g.cs");
        if (!File.Exists(path) || File.ReadAllText(path) != text)
        {
            File.WriteAllText(path, text);
        }
    }

    return 0;
}
catch (SchemaException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}
