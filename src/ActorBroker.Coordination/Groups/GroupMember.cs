namespace ActorBroker.Coordination.Groups;

/// <summary>A member of a classic group, and the requests of it that wait.</summary>
internal sealed class GroupMember(string memberId, string? groupInstanceId, string clientId, string clientHost)
{
    /// <summary>Changes when a static member comes back under the same identity.</summary>
    public string MemberId { get; set; } = memberId;

    public string? GroupInstanceId { get; } = groupInstanceId;

    public string ClientId { get; } = clientId;

    public string ClientHost { get; } = clientHost;

    public bool IsStatic => GroupInstanceId is not null;

    public int SessionTimeoutMs { get; set; }

    public int RebalanceTimeoutMs { get; set; }

    /// <summary>In order of preference. Replace it through <see cref="ClassicGroup.ChangeProtocols"/>, which counts them.</summary>
    public IReadOnlyList<GroupProtocol> Protocols { get; set; } = [];

    public ReadOnlyMemory<byte> Assignment { get; set; }

    /// <summary>Has not been in a generation yet: it does not know its id and cannot heartbeat.</summary>
    public bool IsNew { get; set; }

    public RequestToken? AwaitingJoin { get; set; }

    public RequestToken? AwaitingSync { get; set; }

    /// <summary>When the member is taken for dead unless heard of; milliseconds since 1970.</summary>
    public long SessionDeadlineMs { get; set; } = long.MaxValue;

    public bool Supports(string protocol)
    {
        foreach (var offered in Protocols)
        {
            if (offered.Name == protocol)
            {
                return true;
            }
        }

        return false;
    }

    public ReadOnlyMemory<byte> Metadata(string? protocol)
    {
        foreach (var offered in Protocols)
        {
            if (offered.Name == protocol)
            {
                return offered.Metadata;
            }
        }

        return default;
    }

    /// <summary>Whether the offer is the same, in order and content: then joining again changes nothing.</summary>
    public bool Offers(IReadOnlyList<GroupProtocol> protocols)
    {
        if (protocols.Count != Protocols.Count)
        {
            return false;
        }

        for (var i = 0; i < protocols.Count; i++)
        {
            if (protocols[i].Name != Protocols[i].Name || !protocols[i].Metadata.Span.SequenceEqual(Protocols[i].Metadata.Span))
            {
                return false;
            }
        }

        return true;
    }
}
