namespace ActorBroker.Coordination.Groups;

/// <summary>The states of a classic group; their names are what clients are shown.</summary>
public enum GroupState
{
    /// <summary>No members; offsets may remain.</summary>
    Empty,

    /// <summary>Waiting for the members to join the next generation.</summary>
    PreparingRebalance,

    /// <summary>Waiting for the leader's assignment.</summary>
    CompletingRebalance,

    /// <summary>Every member can have its assignment.</summary>
    Stable,

    /// <summary>Being removed; whoever still asks looks for the coordinator again.</summary>
    Dead,
}

/// <summary>One line of a list of groups.</summary>
public sealed record GroupOverview(string GroupId, string ProtocolType, GroupState State)
{
    /// <summary>The type that this protocol's groups are listed under.</summary>
    public const string Type = "classic";
}
