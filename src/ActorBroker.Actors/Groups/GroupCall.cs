using ActorBroker.Coordination.Groups;

namespace ActorBroker.Actors.Groups;

/// <summary>A request to a group together with who waits for the reply. It is completed exactly once.</summary>
/// <param name="complete">Called on the group's thread: must be short and must not throw.</param>
public sealed class GroupCall(string groupId, GroupEvent.Request request, Action<GroupReply> complete)
{
    private static long _lastToken;

    public string GroupId { get; } = groupId;

    public GroupEvent.Request Request { get; } = request;

    /// <summary>A token that no other call of this process has.</summary>
    public static RequestToken NextToken() => new(Interlocked.Increment(ref _lastToken));

    public void Complete(GroupReply reply) => complete(reply);

    public void Refuse(GroupError error) => complete(GroupReply.Refuse(Request, error));
}
