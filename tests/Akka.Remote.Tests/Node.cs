using System.Buffers;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using AkkaExtensions.Remoting;

namespace Akka.Remote.Tests;

/// <summary>A system with a network on 127.0.0.1, and probes in it.</summary>
internal sealed class Node : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const string Defaults = """
        akka {
          loglevel = WARNING
          stdout-loglevel = OFF
          log-dead-letters = off
          actor {
            provider = remote
            serializers { blob = "Akka.Remote.Tests.BlobSerializer, Akka.Remote.Tests" }
            serialization-bindings { "Akka.Remote.Tests.Blob, Akka.Remote.Tests" = blob }
          }
          remote {
            handshake-timeout = 5s
            watch-failure-detector {
              heartbeat-interval = 100ms
              acceptable-heartbeat-pause = 1s
              unreachable-nodes-reaper-interval = 100ms
              expected-response-after = 1s
            }
            dot-netty.tcp { hostname = "127.0.0.1", port = 0, maximum-frame-size = 2MiB }
          }
        }
        """;

    private Node(ActorSystem system) => System = system;

    public ActorSystem System { get; }

    public Address Address => ((ExtendedActorSystem)System).Provider.DefaultAddress;

    public Transport.Remoting Transport => (Transport.Remoting)((RemoteActorRefProvider)((ExtendedActorSystem)System).Provider).Transport;

    public static Node Start(string name, string hocon = "") =>
        new(ActorSystem.Create(name, ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(Defaults))));

    /// <summary>The reference that this node gets for an actor at a path of another.</summary>
    public async Task<IActorRef> Find(Node other, string path) =>
        await System.ActorSelection($"{other.Address}{path}").ResolveOne(Patience);

    public async ValueTask DisposeAsync() => await System.Terminate();
}

/// <summary>Bytes that travel without copies.</summary>
internal sealed class Blob(ReadOnlyMemory<byte> bytes, IDisposable? owner = null) : IDisposable
{
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public IDisposable? Owner { get; } = owner;

    public void Dispose() => Owner?.Dispose();
}

internal sealed class BlobSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system), IPayloadSerializer
{
    public override int Identifier => 9001;

    public override string Manifest(object o) => "B";

    public override byte[] ToBinary(object obj) => ((Blob)obj).Bytes.ToArray();

    public override object FromBinary(byte[] bytes, string manifest) => new Blob(bytes);

    public void Write(object message, IPayloadWriter writer) => writer.WritePayload(((Blob)message).Bytes, ((Blob)message).Owner);

    public object Read(IPayloadReader reader, string manifest)
    {
        IMemoryOwner<byte> kept = reader.Keep(..);
        return new Blob(kept.Memory, kept);
    }
}

internal sealed class Echo : UntypedActor
{
    protected override void OnReceive(object message) => Sender.Tell(message, Self);
}

/// <summary>Puts what it receives where a test awaits it.</summary>
internal sealed class Collector(System.Threading.Channels.ChannelWriter<object> to) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is IActorRef watched) Context.Watch(watched);
        to.TryWrite(message);
    }
}
