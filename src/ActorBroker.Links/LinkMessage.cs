using ActorBroker.Model;

namespace ActorBroker.Links;

/// <summary>What goes from a replica on one node to a replica of the same partition on another.</summary>
public abstract record LinkMessage(TopicIdPartition Partition);

/// <summary>The other end sends what is no frame of a link: the link is broken off.</summary>
public sealed class LinkProtocolException(string message) : IOException(message);
