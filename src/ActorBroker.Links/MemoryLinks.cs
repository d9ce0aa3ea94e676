using System.Collections.Concurrent;
using ActorBroker.Model;

namespace ActorBroker.Links;

/// <summary>Links between nodes of one process, for tests: messages are written and read as on a socket, and cut links drop them.</summary>
public sealed class MemoryLinks
{
    private readonly ConcurrentDictionary<NodeId, ILinkReceiver> nodes = new();
    private readonly ConcurrentDictionary<(NodeId From, NodeId To), bool> cut = new();

    /// <summary>A node's end.</summary>
    public ILinks Add(NodeId node, ILinkReceiver receiver)
    {
        nodes[node] = receiver;
        return new End(this, node);
    }

    /// <summary>Takes a node away; its links break.</summary>
    public void Remove(NodeId node)
    {
        nodes.TryRemove(node, out _);
        foreach (var other in nodes.Values)
        {
            other.OnNews(new LinkBroken(node, "the node was taken away"));
        }
    }

    /// <summary>Cuts the way from one node to another, or mends it.</summary>
    public void SetCut(NodeId from, NodeId to, bool isCut) => cut[(from, to)] = isCut;

    private sealed class End(MemoryLinks links, NodeId self) : ILinks
    {
        public bool HasRoom(NodeId node) => links.nodes.ContainsKey(node);

        public bool Send(NodeId node, LinkMessage message)
        {
            if (!links.nodes.TryGetValue(node, out var receiver) || links.cut.GetValueOrDefault((self, node)))
            {
                (message as PushMessage)?.Payload?.Dispose();
                return false;
            }

            receiver.OnMessage(self, Copy(message));
            return true;
        }

        private static LinkMessage Copy(LinkMessage message)
        {
            var kind = LinkCodec.KindOf(message);
            var payload = LinkCodec.PayloadOf(message);
            var bytes = new byte[LinkCodec.FieldBytes(kind) + payload.Length];
            LinkCodec.WriteFields(message, bytes);
            payload.CopyTo(bytes.AsMemory(bytes.Length - payload.Length));
            var copy = LinkCodec.Read(kind, bytes);
            if (message is not PushMessage { Payload: { } own })
            {
                return copy is RepairAnswer answer ? answer with { Batches = bytes.AsMemory(bytes.Length - payload.Length) } : copy;
            }

            var rented = PushPayload.Rent(payload.Length);
            payload.CopyTo(rented.Bytes);
            own.Dispose();
            return ((PushMessage)copy) with { Payload = rented };
        }
    }
}
