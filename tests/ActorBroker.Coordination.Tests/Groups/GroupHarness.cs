using System.Buffers.Binary;
using System.Text;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;

namespace ActorBroker.Coordination.Tests.Groups;

/// <summary>Runs one group on a clock of its own. Writes complete at once, unless a test holds them.</summary>
internal sealed class GroupHarness
{
    private readonly Dictionary<long, GroupReply> _replies = [];
    private long _lastToken;

    public GroupHarness(GroupSettings? settings = null)
    {
        Settings = settings ?? GroupSettings.Default with { InitialRebalanceDelayMs = 0 };
        Core = new GroupCore("g", Settings);
    }

    public GroupSettings Settings { get; }

    public GroupCore Core { get; private set; }

    public long NowMs { get; private set; } = 1_000_000;

    public long WakeAtMs { get; private set; } = long.MaxValue;

    public bool HoldWrites { get; set; }

    public Queue<GroupEffect.Write> Held { get; } = [];

    /// <summary>Everything that was committed: the group's log.</summary>
    public List<GroupRecord> Log { get; } = [];

    public GroupOverview? Overview { get; private set; }

    public bool IsRemoved { get; private set; }

    public static readonly GroupProtocol RangeProtocol = new("range", Subscription("t"));

    /// <summary>A consumer's subscription, version 0.</summary>
    public static byte[] Subscription(params string[] topics)
    {
        var bytes = new List<byte> { 0, 0 };
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, topics.Length);
        bytes.AddRange(number);
        foreach (var topic in topics)
        {
            bytes.AddRange([0, (byte)topic.Length, .. Encoding.UTF8.GetBytes(topic)]);
        }

        bytes.AddRange([0xff, 0xff, 0xff, 0xff]);
        return [.. bytes];
    }

    public long Send(Func<RequestToken, GroupEvent> request)
    {
        var token = ++_lastToken;
        Step(request(new RequestToken(token)));
        return token;
    }

    public T Call<T>(Func<RequestToken, GroupEvent> request)
        where T : GroupReply => Reply<T>(Send(request))!;

    public T? Reply<T>(long token)
        where T : GroupReply => (T?)_replies.GetValueOrDefault(token);

    public void Step(GroupEvent happened)
    {
        foreach (var effect in Core.Step(happened, NowMs))
        {
            switch (effect)
            {
                case GroupEffect.Reply reply:
                    Assert.True(_replies.TryAdd(reply.Token.Value, reply.Result), $"Two replies to request {reply.Token.Value}.");
                    break;
                case GroupEffect.Write write when HoldWrites:
                    Held.Enqueue(write);
                    break;
                case GroupEffect.Write write:
                    Complete(write, WriteOutcome.Written);
                    break;
                case GroupEffect.WakeAt wake:
                    WakeAtMs = wake.AtMs;
                    break;
                case GroupEffect.OverviewChanged changed:
                    Overview = changed.Overview;
                    break;
                case GroupEffect.Removed:
                    IsRemoved = true;
                    break;
            }
        }
    }

    public void Complete(GroupEffect.Write write, WriteOutcome outcome)
    {
        if (outcome == WriteOutcome.Written)
        {
            Log.AddRange(write.Records);
        }

        Step(new GroupEvent.WriteCompleted(write.WriteId, outcome));
    }

    public void CompleteHeld(WriteOutcome outcome = WriteOutcome.Written)
    {
        HoldWrites = false;
        while (Held.TryDequeue(out var write))
        {
            Complete(write, outcome);
        }
    }

    /// <summary>Lets time pass, waking the group whenever it asked for it.</summary>
    public void Advance(long ms)
    {
        var endMs = NowMs + ms;
        while (WakeAtMs <= endMs)
        {
            NowMs = Math.Max(NowMs, WakeAtMs);
            WakeAtMs = long.MaxValue;
            Step(new GroupEvent.Tick());
        }

        NowMs = endMs;
    }

    /// <summary>The node dies and another loads the group from its log.</summary>
    public void Reload()
    {
        Core = new GroupCore("g", Settings);
        WakeAtMs = long.MaxValue;
        foreach (var record in Log)
        {
            Core.Replay(record);
        }

        Step(new GroupEvent.Loaded());
    }

    public static Func<RequestToken, GroupEvent> Join(
        string memberId = "", string? instance = null, bool requireKnown = false, bool skipping = false, int sessionMs = 10_000,
        int rebalanceMs = 60_000, string type = "consumer", params GroupProtocol[] protocols) => token => new GroupEvent.Join(
            token, memberId, Guid.NewGuid(), instance, requireKnown, skipping, "client", "/127.0.0.1", sessionMs, rebalanceMs, type,
            protocols.Length == 0 ? [RangeProtocol] : protocols);

    public static Func<RequestToken, GroupEvent> Sync(
        string memberId, int generation, string? instance = null, string? type = null, string? protocol = null, params string[] assignTo) =>
        token => new GroupEvent.Sync(token, generation, memberId, instance, type, protocol,
            assignTo.ToDictionary(id => id, id => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes("for " + id)));

    public static Func<RequestToken, GroupEvent> Beat(string memberId, int generation, string? instance = null) =>
        token => new GroupEvent.Heartbeat(token, generation, memberId, instance);

    public static Func<RequestToken, GroupEvent> Leave(params MemberIdentity[] members) => token => new GroupEvent.Leave(token, members);

    public static Func<RequestToken, GroupEvent> Commit(
        long offset, string memberId = "", int generation = -1, string topic = "t", int partition = 0, long? retentionMs = null, string? metadata = null,
        string? instance = null) => token => new GroupEvent.CommitOffsets(token, generation, memberId, instance, retentionMs,
            [new OffsetToCommit(new TopicPartition(topic, partition), new Offset(offset), new LeaderEpoch(3), metadata)]);

    public GroupError CommitError(Func<RequestToken, GroupEvent> commit) => Assert.Single(Call<GroupReply.CommitOffsets>(commit).Errors);

    public long Committed(string topic = "t", int partition = 0) =>
        Assert.Single(Call<GroupReply.FetchOffsets>(token => new GroupEvent.FetchOffsets(token, [new TopicPartition(topic, partition)])).Offsets).Offset.Value;

    /// <summary>A stable group of dynamic members, the first of them its leader.</summary>
    public string[] StableGroup(int members)
    {
        var ids = new List<string>();
        var joins = new List<long>();
        var leader = Call<GroupReply.Join>(Join());
        ids.Add(leader.MemberId);
        for (var i = 1; i < members; i++)
        {
            joins.Add(Send(Join()));
        }

        if (members > 1)
        {
            Send(Join(leader.MemberId));
            ids.AddRange(joins.Select(token => Reply<GroupReply.Join>(token)!.MemberId));
        }

        foreach (var id in ids.AsEnumerable().Reverse())
        {
            Send(Sync(id, Core.Generation, assignTo: id == ids[0] ? [.. ids] : []));
        }

        Assert.Equal(GroupState.Stable, Core.State);
        return [.. ids];
    }
}
