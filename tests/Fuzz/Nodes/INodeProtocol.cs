using ActorBroker.Harness;

namespace ActorBroker.Fuzz.Nodes;

/// <summary>What a node of the cluster must have been told.</summary>
/// <param name="ClusterId">What all nodes and their clients know.</param>
/// <param name="Cookie">What only nodes know.</param>
/// <param name="Node">The id of the node that is attacked.</param>
/// <param name="Port">Its port that is attacked.</param>
internal sealed record NodeSecrets(string ClusterId, string Cookie, int Node, int Port);

/// <summary>What is spoken at a port between nodes: by strangers, who have seen it, and by who knows the cookie.</summary>
internal interface INodeProtocol
{
    /// <summary>What a stranger may send: each frame of a handshake, valid but for the secret.</summary>
    IReadOnlyList<byte[]> Greetings { get; }

    /// <summary>What is sent behind a handshake.</summary>
    IReadOnlyList<byte[]> Messages { get; }

    /// <summary>A handshake with the right cookie; false when the node refuses it.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    bool Enter(WireConnection connection);

    /// <summary>The message without which the node believes no other; empty when there is none.</summary>
    byte[] Opening(Random random);
}
