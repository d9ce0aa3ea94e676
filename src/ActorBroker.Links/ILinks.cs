using ActorBroker.Model;

namespace ActorBroker.Links;

/// <summary>The way to the other nodes. Any thread; nothing blocks.</summary>
public interface ILinks
{
    /// <summary>Sends, or drops what cannot be sent: streams notice what is missing. Takes the message's payload in any case.</summary>
    /// <returns>Whether it is on its way.</returns>
    bool Send(NodeId node, LinkMessage message);

    /// <summary>Whether the node takes more payload just now. <see cref="ILinkReceiver.OnRoom"/> says when it does again.</summary>
    bool HasRoom(NodeId node);
}

/// <summary>Where messages and news of links go. Any thread, several at once; must not block.</summary>
public interface ILinkReceiver
{
    /// <summary>A message came. Takes its payload.</summary>
    void OnMessage(NodeId from, LinkMessage message);

    /// <summary>A node that had no room has some again.</summary>
    void OnRoom(NodeId node);

    /// <summary>Something happened to a link.</summary>
    void OnNews(LinkNews news);

    /// <summary>What surrounds the messages that one connection receives together; null for nothing.</summary>
    ILinkRound? NewRound();
}

/// <summary>One connection's rounds: what was received together is handed over between <see cref="Begin"/> and <see cref="End"/>, on one thread.</summary>
public interface ILinkRound
{
    void Begin();

    void End();
}

/// <summary>Something happened to the link with a node.</summary>
/// <param name="Reason">For people.</param>
public abstract record LinkNews(NodeId Node, string Reason);

/// <summary>The link is there; the other end has proved who it is.</summary>
public sealed record LinkUp(NodeId Node, LinkIncarnation Incarnation, string Reason) : LinkNews(Node, Reason);

/// <summary>A link that was there is broken. It is tried again at once.</summary>
public sealed record LinkBroken(NodeId Node, string Reason) : LinkNews(Node, Reason);

/// <summary>The process that was at the other end has ended: after its link broke, the node's address refused new connections, or another process of the node is there.</summary>
/// <param name="IsReplaced">Whether another process of the node is there.</param>
public sealed record LinkProcessEnded(NodeId Node, bool IsReplaced, string Reason) : LinkNews(Node, Reason);

/// <summary>One end does not accept the other: another cookie, cluster, version, node or process. Said once a minute for each reason.</summary>
public sealed record LinkRefused(NodeId Node, string Reason) : LinkNews(Node, Reason);

/// <summary>No connection to a node's address has come about for some seconds. Said once a minute.</summary>
public sealed record LinkUnreachable(NodeId Node, string Reason) : LinkNews(Node, Reason);

/// <summary>Messages for a node were dropped, since more than may wait do. Said once a second at most.</summary>
public sealed record LinkOverflowed(NodeId Node, string Reason) : LinkNews(Node, Reason);
