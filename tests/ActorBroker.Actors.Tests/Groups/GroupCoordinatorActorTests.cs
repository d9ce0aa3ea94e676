using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using ActorBroker.Protocol;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Groups;

public sealed class GroupCoordinatorActorTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = Eventually.Deadline;
    private static readonly TopicPartition Partition = new("t", 0);

    private readonly MemoryCoordinatorLog _log = new();
    private readonly GroupDirectory _directory = new();
    private readonly SetClock _time = new();
    private GroupSettings _settings = GroupSettings.Default with { InitialRebalanceDelayMs = 0, MinSessionTimeoutMs = 1 };
    private ActorSystem _system = null!;
    private IActorRef _coordinator = null!;
    private volatile bool _serves = true;
    private LeaderEpoch _epoch = new(0);

    public Task InitializeAsync()
    {
        _system = ActorSystem.Create("groups");
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task Offsets_of_the_log_are_there_after_the_load()
    {
        _log.Add(GroupRecordCodec.EncodeBatch(
            [new GroupRecord.OffsetCommit("g", Partition, new CommittedOffset(new Offset(42), LeaderEpoch.Unknown, "", 1))], 1));
        await StartAsync();

        Assert.Equal(42, await CommittedAsync());
        Assert.Equal("g", Assert.Single(_directory.All).GroupId);
    }

    [Fact]
    public async Task Until_the_partition_serves_the_coordinator_is_loading()
    {
        _serves = false;
        Start();

        Assert.Equal(GroupError.CoordinatorLoadInProgress, (await AskAsync<GroupReply.Join>(Join())).Error);
        Assert.Equal(GroupError.None, (await AskAsync<GroupReply.Heartbeat>(new GroupEvent.Heartbeat(GroupCall.NextToken(), 1, "m", null))).Error);
        Assert.True(_directory.IsLoading);

        _serves = true;
        await Eventually.Holds(() => !_directory.IsLoading);
        Assert.Equal(GroupError.None, (await AskAsync<GroupReply.Join>(Join())).Error);
    }

    [Fact]
    public async Task A_group_survives_that_its_coordinator_resigns_and_leads_again()
    {
        await StartAsync();
        var joined = await AskAsync<GroupReply.Join>(Join());
        await AskAsync<GroupReply.Sync>(new GroupEvent.Sync(GroupCall.NextToken(), 1, joined.MemberId, null, null, null,
            new Dictionary<string, ReadOnlyMemory<byte>> { [joined.MemberId] = new byte[] { 7 } }));
        Assert.Equal(GroupError.None, await CommitAsync(5, joined.MemberId, 1));

        _coordinator.Tell(new GroupCoordinatorActor.Resign(), ActorRefs.NoSender);
        Assert.Equal(GroupError.NotCoordinator, (await AskAsync<GroupReply.Describe>(new GroupEvent.Describe(GroupCall.NextToken()))).Error);
        await Eventually.Holds(() => !_directory.All.Any());
        LeadIn(new LeaderEpoch(1));
        await Eventually.Holds(() => !_directory.IsLoading && _directory.All.Any());

        var described = await AskAsync<GroupReply.Describe>(new GroupEvent.Describe(GroupCall.NextToken()));
        Assert.Equal(GroupState.Stable, described.State);
        Assert.Equal([7], Assert.Single(described.Members).Assignment.ToArray());
        Assert.Equal(5, await CommittedAsync());
    }

    [Fact]
    public async Task Resigning_answers_those_who_wait()
    {
        await StartAsync();
        _log.Hold = true;
        var commit = CommitAsync(1);

        _coordinator.Tell(new GroupCoordinatorActor.Resign(), ActorRefs.NoSender);

        Assert.Equal(GroupError.NotCoordinator, await commit);
    }

    [Fact]
    public async Task A_new_epoch_of_the_same_leader_answers_those_who_wait_and_loads_again()
    {
        await StartAsync();
        await CommitAsync(1);
        _log.Hold = true;
        var commit = CommitAsync(2);
        await Eventually.Holds(() => _log.HeldCount == 1);

        LeadIn(new LeaderEpoch(3));

        Assert.Equal(GroupError.NotCoordinator, await commit);
        await Eventually.Holds(() => !_directory.IsLoading);
        Assert.Equal(1, await CommittedAsync());
    }

    [Fact]
    public async Task An_older_epoch_is_not_obeyed()
    {
        _epoch = _log.LeaderEpoch = new LeaderEpoch(5);
        await StartAsync();

        _coordinator.Tell(new GroupCoordinatorActor.Lead(new LeaderEpoch(4)), ActorRefs.NoSender);

        Assert.Equal(GroupError.None, await CommitAsync(1));
    }

    [Fact]
    public async Task Records_are_appended_only_in_the_epoch_in_which_the_node_coordinates()
    {
        _epoch = _log.LeaderEpoch = new LeaderEpoch(5);
        await StartAsync();
        _log.Hold = true;
        _ = CommitAsync(1);
        await Eventually.Holds(() => _log.HeldCount == 1);

        Assert.Equal(new LeaderEpoch(5), _log.LastEpoch);
    }

    [Fact]
    public async Task A_commit_that_is_not_stored_in_time_is_refused_and_counts_when_it_is_stored_later()
    {
        _settings = _settings with { OffsetsCommitTimeoutMs = 50 };
        await StartAsync();
        await CommitAsync(1);
        _log.Hold = true;

        Assert.Equal(GroupError.CoordinatorNotAvailable, await CommitAsync(2));
        Assert.Equal(1, await CommittedAsync());

        _log.Release();
        Assert.Equal(2, await CommittedAsync());
    }

    [Theory]
    [InlineData(ErrorCode.NotLeaderOrFollower, GroupError.NotCoordinator)]
    [InlineData(ErrorCode.NotEnoughReplicas, GroupError.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.MessageTooLarge, GroupError.InvalidCommitOffsetSize)]
    [InlineData(ErrorCode.UnknownServerError, GroupError.UnknownServerError)]
    public async Task A_refused_append_is_told_in_the_groups_words(ErrorCode refusal, GroupError error)
    {
        await StartAsync();
        _log.Error = refusal;

        Assert.Equal(error, await CommitAsync(1));
    }

    [Fact]
    public async Task A_deleted_group_can_be_made_again()
    {
        await StartAsync();
        await CommitAsync(1);

        Assert.Equal(GroupError.None, (await AskAsync<GroupReply.Delete>(new GroupEvent.Delete(GroupCall.NextToken()))).Error);
        await Eventually.Holds(() => !_directory.All.Any());

        Assert.Equal(-1, await CommittedAsync());
        // The old group may refuse for a moment: clients look for the coordinator again and come back.
        GroupError error;
        do
        {
            error = await CommitAsync(2);
        }
        while (error == GroupError.CoordinatorNotAvailable);
        Assert.Equal(GroupError.None, error);
        Assert.Equal(2, await CommittedAsync());
    }

    [Fact]
    public async Task A_member_that_is_not_heard_of_expires_by_the_scheduler()
    {
        await StartAsync();
        await AskAsync<GroupReply.Join>(Join(sessionMs: 50));

        await Eventually.Holds(() => _directory.All.Any(group => group.State == GroupState.Empty));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_wall_clock_that_is_set_ends_no_session_and_prolongs_none(int days)
    {
        await StartAsync();
        var lasting = await AskAsync<GroupReply.Join>(Join(), "lasting");
        await AskAsync<GroupReply.Join>(Join(sessionMs: 500), "short");

        _time.WallClockOffset = TimeSpan.FromDays(days);

        await Eventually.Holds(() => _directory.All.Any(group => group is { GroupId: "short", State: GroupState.Empty }));
        var heartbeat = await AskAsync<GroupReply.Heartbeat>(new GroupEvent.Heartbeat(GroupCall.NextToken(), 1, lasting.MemberId, null), "lasting");
        Assert.Equal(GroupError.None, heartbeat.Error);
    }

    [Fact]
    public async Task A_group_that_fails_is_rebuilt_from_the_log()
    {
        await StartAsync();
        await CommitAsync(1);
        _log.ThrowOnce = true;

        Assert.Equal(GroupError.CoordinatorNotAvailable, await CommitAsync(2));

        await Eventually.Holds(() => !_directory.IsLoading && _directory.All.Any());
        Assert.Equal(1, await CommittedAsync());
        Assert.Equal(GroupError.None, await CommitAsync(3));
    }

    private void LeadIn(LeaderEpoch epoch)
    {
        _log.LeaderEpoch = epoch;
        _epoch = epoch;
        _coordinator.Tell(new GroupCoordinatorActor.Lead(epoch), ActorRefs.NoSender);
    }

    private void Start() => _coordinator = _system.ActorOf(
        GroupCoordinatorActor.Create(0, () => _epoch, epoch => _serves && epoch == _log.LeaderEpoch ? _log : null, _directory, _settings, _time), "offsets-0");

    private async Task StartAsync()
    {
        Start();
        // Answered in order: by then it has begun to load.
        await AskAsync<GroupReply.Describe>(new GroupEvent.Describe(GroupCall.NextToken()));
        await Eventually.Holds(() => !_directory.IsLoading);
    }

    private static GroupEvent.Join Join(int sessionMs = 60_000) => new(
        GroupCall.NextToken(), "", Guid.NewGuid(), null, false, false, "c", "/h", sessionMs, 60_000, "consumer", [new GroupProtocol("range", default)]);

    private async Task<GroupError> CommitAsync(long offset, string memberId = "", int generation = -1) => Assert.Single(
        (await AskAsync<GroupReply.CommitOffsets>(new GroupEvent.CommitOffsets(
            GroupCall.NextToken(), generation, memberId, null, null, [new OffsetToCommit(Partition, new Offset(offset), LeaderEpoch.Unknown, null)]))).Errors);

    private async Task<long> CommittedAsync() => Assert.Single(
        (await AskAsync<GroupReply.FetchOffsets>(new GroupEvent.FetchOffsets(GroupCall.NextToken(), [Partition]))).Offsets).Offset.Value;

    private async Task<T> AskAsync<T>(GroupEvent.Request request, string group = "g")
        where T : GroupReply
    {
        var completion = new TaskCompletionSource<GroupReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _coordinator.Tell(new GroupCall(group, request, completion.SetResult), ActorRefs.NoSender);
        return (T)await completion.Task.WaitAsync(Deadline);
    }

    /// <summary>The machine's time, with a wall clock that somebody sets.</summary>
    private sealed class SetClock : TimeProvider
    {
        public TimeSpan WallClockOffset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + WallClockOffset;
    }
}
