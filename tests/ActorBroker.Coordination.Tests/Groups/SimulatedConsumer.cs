using ActorBroker.Coordination.Groups;
using ActorBroker.Model;

namespace ActorBroker.Coordination.Tests.Groups;

/// <summary>A consumer as clients behave: one group request at a time, joining again when told so, committing what it owns.</summary>
internal sealed class SimulatedConsumer(GroupSimulation simulation, int number, string? instance, bool requiresKnownId)
{
    private static readonly GroupProtocol Offer = new("range", GroupHarness.Subscription("t"));

    private string _memberId = "";
    private int _generation = -1;
    private bool _isWaiting;
    private bool _mustJoin = true;
    private GroupReply.Join? _toSync;

    /// <summary>Replies to an earlier life are not heard.</summary>
    private int _life;

    public int[] Owned { get; private set; } = [];

    public bool IsStable(int generation) => !_mustJoin && _toSync is null && _generation == generation;

    public void Act()
    {
        if (_isWaiting)
        {
            return;
        }

        var luck = simulation.Random.Next(100);
        if (luck < 3 && !_mustJoin && instance is null)
        {
            Leave();
        }
        else if (luck < 20 && Owned.Length > 0)
        {
            Commit();
        }
        else if (luck < 22)
        {
            _mustJoin = true; // its subscription changed, or it thinks so
        }
        else if (luck < 90)
        {
            ActCalmly();
        }
    }

    public void ActCalmly()
    {
        if (_isWaiting)
        {
            return;
        }

        if (_toSync is not null)
        {
            Sync(_toSync);
        }
        else if (_mustJoin)
        {
            Join();
        }
        else
        {
            Heartbeat();
        }
    }

    /// <summary>The process dies and starts again, remembering nothing but its static identity.</summary>
    public void Crash()
    {
        _life++;
        _isWaiting = false;
        _memberId = "";
        Forget();
    }

    private void Forget()
    {
        _mustJoin = true;
        _toSync = null;
        _generation = -1;
        Owned = [];
    }

    private void Ask<T>(Func<RequestToken, GroupEvent.Request> request, Action<T> onReply)
        where T : GroupReply
    {
        var life = _life;
        _isWaiting = true;
        simulation.Send(request, reply =>
        {
            if (life != _life)
            {
                return;
            }

            _isWaiting = false;
            if (reply is T answer)
            {
                onReply(answer);
            }
        });
    }

    private void Join()
    {
        var memberId = _memberId;
        Ask<GroupReply.Join>(token => new GroupEvent.Join(
            token, memberId, NextUuid(), instance, requiresKnownId && instance is null, SupportsSkippingAssignment: true, $"c{number}", "h",
            10_000, 20_000, "consumer", [Offer]), joined =>
            {
                if (joined.Error == GroupError.None)
                {
                    simulation.CheckGeneration(joined.GenerationId);
                    if (instance is not null && _lastStaticId.Length > 0 && _lastStaticId != joined.MemberId)
                    {
                        simulation.Inherit(_lastStaticId, joined.MemberId);
                    }

                    _memberId = _lastStaticId = joined.MemberId;
                    _generation = joined.GenerationId;
                    _mustJoin = false;
                    _toSync = joined;
                    Owned = [];
                }
                else
                {
                    Forget();
                    _memberId = joined.Error switch
                    {
                        GroupError.MemberIdRequired => joined.MemberId,
                        GroupError.RebalanceInProgress => _memberId,
                        _ => "",
                    };
                }
            });
    }

    private string _lastStaticId = "";

    private void Sync(GroupReply.Join joined)
    {
        var assignments = joined.LeaderId == _memberId && !joined.SkipAssignment && joined.Members.Count > 0
            ? GroupSimulation.Assign(joined.Members)
            : new Dictionary<string, ReadOnlyMemory<byte>>();
        Ask<GroupReply.Sync>(token => new GroupEvent.Sync(token, joined.GenerationId, _memberId, instance, "consumer", joined.ProtocolName, assignments), synced =>
        {
            _toSync = null;
            if (synced.Error == GroupError.None)
            {
                Owned = GroupSimulation.Decode(synced.Assignment);
                simulation.CheckAssignment(_generation, _memberId, Owned);
            }
            else
            {
                Refused(synced.Error);
            }
        });
    }

    private void Heartbeat() =>
        Ask<GroupReply.Heartbeat>(token => new GroupEvent.Heartbeat(token, _generation, _memberId, instance), reply => Refused(reply.Error));

    private void Commit()
    {
        var partition = Owned[simulation.Random.Next(Owned.Length)];
        var offset = simulation.NowMs;
        Ask<GroupReply.CommitOffsets>(token => new GroupEvent.CommitOffsets(token, _generation, _memberId, instance, null,
            [new OffsetToCommit(new TopicPartition("t", partition), new Offset(offset), LeaderEpoch.Unknown, "")]), reply =>
        {
            if (reply.Errors[0] == GroupError.None)
            {
                simulation.Acknowledged(partition, offset);
            }

            Refused(reply.Errors[0]);
        });
    }

    private void Leave()
    {
        var left = _memberId;
        Crash();
        simulation.Send(token => new GroupEvent.Leave(token, [new MemberIdentity(left, null)]), _ => { });
    }

    private void Refused(GroupError error)
    {
        if (error is GroupError.UnknownMemberId or GroupError.FencedInstanceId)
        {
            _memberId = "";
        }

        if (error is GroupError.UnknownMemberId or GroupError.FencedInstanceId or GroupError.IllegalGeneration or GroupError.RebalanceInProgress)
        {
            Forget();
        }
    }

    private Guid NextUuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        simulation.Random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
