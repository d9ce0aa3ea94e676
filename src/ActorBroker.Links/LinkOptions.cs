using ActorBroker.Model;
using ActorBroker.Model.Options;

namespace ActorBroker.Links;

/// <summary>Which process of a node is at the end of a link.</summary>
/// <param name="StartedAtMs">By the node's own wall clock, milliseconds: of two that are there at once, the later one is believed.</param>
public readonly record struct LinkIncarnation(long StartedAtMs, Guid Id)
{
    public override string ToString() => $"{Id:N}"[..8];
}

/// <summary>This node's end of the links.</summary>
/// <param name="Node">This node.</param>
/// <param name="ClusterId">Nodes of another cluster are refused.</param>
/// <param name="Incarnation">This process.</param>
/// <param name="Listener">Where the others connect to; an empty host means all interfaces, port 0 any that is free.</param>
public sealed record LinkOptions(NodeId Node, string ClusterId, LinkIncarnation Incarnation, HostPort Listener)
{
    /// <summary>The secret that all nodes share; who does not know it is refused. Empty for none.</summary>
    public string Cookie { get; init; } = "";

    /// <summary>Bytes of payload that the other end may have under way to this one: received, and not released yet.</summary>
    public int CreditBytes { get; init; } = 8 << 20;

    /// <summary>Bytes that may wait in this node for one link; what comes then is dropped, and streams notice what is missing.</summary>
    public long QueueBytes { get; init; } = 64L << 20;

    /// <summary>The largest frame: a batch that a client may send, and what is around it.</summary>
    public int MaxFrameBytes { get; init; } = (100 << 20) + (64 << 10);

    /// <summary>A link that is silent for so long is asked whether it lives; after three times that it is broken.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a new connection may take to say who it is.</summary>
    public TimeSpan HandshakeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections that may be saying who they are at one time; further ones are closed.</summary>
    public int MaxHandshakes { get; init; } = 64;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>For tests: overwrites receive buffers when they are given back, so that late readers notice.</summary>
    internal bool PoisonsBuffers { get; init; }
}
