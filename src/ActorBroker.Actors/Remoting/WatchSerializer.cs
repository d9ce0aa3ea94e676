using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Remote.Serialization;
using Akka.Serialization;

namespace ActorBroker.Actors.Remoting;

/// <summary>
/// System messages that nodes need of each other: watching, its end, and the death of who was watched. Those by which a parent on another node would
/// create, restart or stop an actor here are refused, as are the exceptions that they carry.
/// </summary>
public sealed class WatchSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly Dictionary<string, Type> Allowed = new() { ["W"] = typeof(Watch), ["U"] = typeof(Unwatch), ["D"] = typeof(DeathWatchNotification) };

    private readonly SystemMessageSerializer genuine = new(system);

    public override int Identifier => genuine.Identifier;

    public override string Manifest(object o) => o switch
    {
        Watch => "W",
        Unwatch => "U",
        DeathWatchNotification => "D",
        _ => throw new SerializationException($"{o?.GetType().Name ?? "null"} must not go to another node: nodes have no children on others"),
    };

    public override byte[] ToBinary(object obj)
    {
        _ = Manifest(obj);
        return genuine.ToBinary(obj);
    }

    public override object FromBinary(byte[] bytes, string manifest) => Allowed.TryGetValue(manifest ?? "", out var type)
        ? GenuineReader.Read($"a system message with manifest '{manifest}'", () => genuine.FromBinary(bytes, type))
        : throw new SerializationException($"a system message with manifest '{PrintedManifest.Of(manifest)}' was refused: nodes have no children on others");
}
