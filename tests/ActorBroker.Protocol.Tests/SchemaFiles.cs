using ActorBroker.Harness;
using ActorBroker.Protocol.Generator;

namespace ActorBroker.Protocol.Tests;

/// <summary>The schemas of this checkout.</summary>
internal static class SchemaFiles
{
    public static IReadOnlyList<Message> Messages { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src", "ActorBroker.Protocol", "Schemas"), "*.abp", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "errors.abp")
            .Order(StringComparer.Ordinal)
            .SelectMany(path => new SchemaParser(path).Parse().Messages)];

    public static TheoryData<string> Names => new(Messages.Select(message => message.Name));

    public static Message Get(string name) => Messages.Single(message => message.Name == name);

    public static IMessage Create(Message message) =>
        (IMessage)Activator.CreateInstance(typeof(IMessage).Assembly.GetType($"ActorBroker.Protocol.{message.Namespace}.{message.Name}", throwOnError: true)!)!;
}
