using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Remote.Serialization;
using Akka.Serialization;

namespace ActorBroker.Actors.Remoting;

/// <summary>
/// Messages to whoever is at a path, for the paths that nodes look for on each other. Akka.NET's untrusted mode knows single paths only, but sharding has some
/// for each broker's type of entities; and it would say nothing above debug level.
/// </summary>
public sealed class SelectionSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Below these anything may be selected by its name.</summary>
    private static readonly string[][] Allowed =
    [
        ["user", "bootstrap"], ["user", "node"], ["user", "controller"],
        ["system", "cluster"], ["system", "sharding"], ["system", "remote-watcher"], ["system", "replicator"], ["system", "ddataReplicator"],
    ];

    private readonly MessageContainerSerializer genuine = new(system);

    public override int Identifier => genuine.Identifier;

    public override string Manifest(object o) => "";

    public override byte[] ToBinary(object obj) => genuine.ToBinary(obj);

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var message = GenuineReader.Read("a message to a selection", () => genuine.FromBinary(bytes, (Type)null!)) as ActorSelectionMessage ?? throw new SerializationException("no message to a selection");
        return IsAllowed(message.Elements) ? message : throw new SerializationException(
            $"a message to '{PrintedManifest.Of(string.Join('/', message.Elements.Select(element => element?.ToString())))}' was refused: nodes select nobody there");
    }

    /// <summary>The path of an actor, by names alone, at or below an allowed one.</summary>
    private static bool IsAllowed(IReadOnlyList<SelectionPathElement> path)
    {
        var names = path.Select(element => (element as SelectChildName)?.Name).ToArray();
        return !names.Contains(null) && Allowed.Any(start => names.Length >= start.Length && names.AsSpan(0, start.Length).SequenceEqual(start));
    }
}
