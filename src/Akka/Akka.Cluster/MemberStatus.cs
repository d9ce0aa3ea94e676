namespace Akka.Cluster;

/// <summary>Where a member is in its life. Joining, then Up (perhaps WeaklyUp before), Leaving, Exiting, Removed; Down from any of them.</summary>
public enum MemberStatus
{
    /// <summary>Known, not yet accepted by the leader.</summary>
    Joining = 0,

    /// <summary>A full member.</summary>
    Up = 1,

    /// <summary>Wants to leave.</summary>
    Leaving = 2,

    /// <summary>All know that it leaves; it hands over what it has.</summary>
    Exiting = 3,

    /// <summary>Was declared lost. It never comes back under the same uid.</summary>
    Down = 4,

    /// <summary>Is no member any more.</summary>
    Removed = 5,

    /// <summary>Accepted while some member could not be reached; full member as soon as all agree.</summary>
    WeaklyUp = 6,
}
