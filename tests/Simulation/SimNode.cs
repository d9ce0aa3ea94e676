using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Replication;

namespace Simulation;

/// <summary>One node: its disk outlives its process. As the program, it takes up replicas only when its image holds its own registration.</summary>
public sealed class SimNode(World world, NodeId id)
{
    private readonly Dictionary<TopicIdPartition, SimReplica> replicas = [];
    private readonly Dictionary<TopicIdPartition, SimLog> logs = [];
    private readonly List<Action> held = [];
    private readonly Dictionary<long, Action<ControllerReply>> asked = [];
    private Guid disk = world.NewGuid();
    private Guid incarnation;
    private BrokerEpoch epoch;
    private BrokerEpoch stoppedFrom = new(-1);
    private long askNumber;
    private long registeredAsk;
    private bool leaves;
    private long ahead;

    public NodeId Id { get; } = id;

    public SimJournal Journal { get; private set; } = null!;

    public SimController? Controller { get; private set; }

    public ClusterImage Image { get; private set; } = ClusterImage.Empty;

    public bool IsUp => Life > 0;

    public bool IsPaused { get; private set; }

    /// <summary>Whether nothing can be appended to the logs of its replicas.</summary>
    public bool IsDiskFull { get; set; }

    /// <summary>Whether every flush takes long.</summary>
    public bool IsDiskSlow { get; set; }

    /// <summary>Whether the process has been told of its registration.</summary>
    public bool IsRegistered => IsUp && epoch.Value >= 0;

    /// <summary>The node's monotonic clock in milliseconds. It never goes back, but may go too far at once.</summary>
    public long NowMs => world.Now + ahead;

    /// <summary>Counts the starts; 0 while the process does not run.</summary>
    public int Life { get; private set; }

    public IReadOnlyDictionary<TopicIdPartition, SimReplica> Replicas => replicas;

    public IReadOnlyDictionary<TopicIdPartition, SimLog> Logs => logs;

    private int Lives { get; set; }

    private bool IsVoter => world.Voters.Contains(Id);

    public void Start()
    {
        if (IsUp)
        {
            return;
        }

        Life = ++Lives;
        incarnation = world.NewGuid();
        epoch = new BrokerEpoch(-1);
        leaves = false;
        Image = ClusterImage.Empty;
        if (IsVoter)
        {
            Journal ??= new SimJournal(world, this);
            Journal.Start();
        }

        world.Trace($"node {Id} starts");
        Later(world.Between(1, 100), Beat);
        Later(world.Between(1, 100), Tick);
    }

    public void Kill(bool losesPower)
    {
        world.Trace($"node {Id} {(losesPower ? "loses power" : "is killed")}");
        // The same system is still up: nothing that was written is lost.
        stoppedFrom = losesPower ? new BrokerEpoch(-1) : epoch.Value >= 0 ? epoch : stoppedFrom;
        End();
        Journal?.Stop(losesPower);
        foreach (var log in logs.Values)
        {
            if (losesPower && log.Flushed < log.End)
            {
                log.TruncateTo(new Offset(world.Random.NextInt64(log.Flushed, log.End + 1)));
            }
        }

        foreach (var other in world.Nodes.Where(other => other.IsUp && world.Chance(0.8)))
        {
            other.Later(world.Between(1, 60), () => other.OnBroken(Id));
        }
    }

    public void LoseDisk()
    {
        world.Trace($"node {Id} has lost its disk");
        logs.Clear();
        disk = world.NewGuid();
        Journal?.Lose();
        stoppedFrom = new BrokerEpoch(-1);
    }

    public void Leave() => leaves = IsUp;

    /// <summary>How long the next flush takes.</summary>
    public int FlushMs() => IsDiskSlow || (world.Faults.IsActive && world.Chance(0.02)) ? world.Between(20, 800) : world.Between(1, 10);

    /// <summary>The clock goes forward.</summary>
    public void Jump(long byMs) => ahead += byMs;

    /// <summary>Whether the image has the registration of this very process.</summary>
    public bool IsIn(ClusterImage image) => IsUp && image.Brokers.GetValueOrDefault(Id) is { IsActive: true } broker && broker.IncarnationId == incarnation;

    /// <summary>Takes back <see cref="Leave"/>, by another start where the node has gone too far.</summary>
    public void Stay()
    {
        if (leaves)
        {
            Stop();
        }
    }

    public void Pause() => IsPaused = IsUp;

    public void Resume()
    {
        IsPaused = false;
        var due = held.ToArray();
        held.Clear();
        Array.ForEach(due, action => action());
    }

    /// <summary>Does something after a while, if this process still runs; a paused one does it when it is resumed.</summary>
    public void Later(long delayMs, Action action)
    {
        var life = Life;
        world.At(delayMs, () =>
        {
            if (Life != life)
            {
                return;
            }

            if (IsPaused)
            {
                held.Add(() => Later(0, action));
            }
            else
            {
                action();
            }
        });
    }

    public void StartController()
    {
        Controller = new SimController(world, this);
        world.Trace($"node {Id} tries to be the controller");
        Controller.Start();
    }

    public void EndController(SimController controller)
    {
        if (Controller == controller)
        {
            Controller = null;
        }
    }

    public void Receive(NodeId from, object message)
    {
        if (!IsUp)
        {
            return;
        }

        if (IsPaused)
        {
            var life = Life;
            held.Add(() =>
            {
                if (Life == life)
                {
                    Receive(from, message);
                }
            });
            return;
        }

        switch (message)
        {
            case JournalRequest request:
                Journal?.Receive(from, request);
                break;
            case JournalReply reply:
                Controller?.Receive(reply);
                break;
            case Ask ask:
                Controller?.Receive(from, ask);
                break;
            case Answer answer when asked.Remove(answer.Number, out var take):
                take(answer.Reply);
                break;
            case WantImage:
                Controller?.SendImage(from);
                break;
            case WholeImage whole when whole.Image.Version > Image.Version:
                Take(whole.Image);
                break;
            case Delta delta when delta.From == Image.Version:
                Take(delta.After);
                break;
            case Delta delta when delta.From > Image.Version:
                world.Network.Send(Id, from, new WantImage());
                break;
            case Produce produce:
                ReplicaOf(produce.Partition)?.OnProduce(produce);
                break;
            case DeleteRecords delete:
                ReplicaOf(delete.Partition)?.OnDelete(delete.Before);
                break;
            case IReplicaMessage toReplica:
                OnReplicaMessage(from, toReplica);
                break;
        }
    }

    /// <summary>Asks the controller. The answer may never come.</summary>
    public void AskController(ControllerCommand command, Action<ControllerReply> answer)
    {
        asked[++askNumber] = answer;
        world.Network.Send(Id, world.ControllerHint, new Ask(askNumber, command), ordered: true);
    }

    public SimReplica? ReplicaOf(TopicIdPartition partition) => replicas.GetValueOrDefault(partition);

    private void End()
    {
        Life = 0;
        IsPaused = false;
        held.Clear();
        asked.Clear();
        replicas.Clear();
        Controller = null;
    }

    private void Stop()
    {
        world.Trace($"node {Id} stops in order");
        foreach (var (partition, log) in logs)
        {
            log.HighWatermark = replicas.GetValueOrDefault(partition)?.HighWatermark.Value ?? log.HighWatermark;
            log.NoteFlushed(log.End);
        }

        stoppedFrom = epoch;
        End();
        Journal?.Stop(losesPower: false);
    }

    private void Beat()
    {
        Later(100, Beat);
        if (epoch.Value < 0)
        {
            if (world.Now - registeredAsk < 300)
            {
                return;
            }

            registeredAsk = world.Now;
            var command = new RegisterBroker(Id, incarnation, [new BrokerEndpoint("PLAINTEXT", "node", 9092)], null) 
            {
                PreviousEpoch = stoppedFrom,
                LogDirs = [disk],
            };
            AskController(command, reply => epoch = ((BrokerRegistration)reply).Epoch);
            return;
        }

        var heartbeat = new BrokerHeartbeat(Id, epoch, Image.Version, WantFence: false, WantShutdown: leaves, OfflineDirs: []) { IsFull = IsDiskFull };
        AskController(heartbeat, reply => OnHeartbeat((BrokerHeartbeatReply)reply));
    }

    private void OnHeartbeat(BrokerHeartbeatReply reply)
    {
        if (!reply.Verdict.IsOk)
        {
            epoch = new BrokerEpoch(-1);
        }
        else if (reply.ShouldShutdown && leaves)
        {
            Stop();
        }
    }

    private void Tick()
    {
        Later(50, Tick);
        foreach (var replica in replicas.Values.ToList())
        {
            replica.Tick();
        }
    }

    private void Take(ClusterImage image)
    {
        Image = image;
        if (image.Brokers.GetValueOrDefault(Id)?.IncarnationId != incarnation || image.FindTopic(Client.TopicName) is not { } topic)
        {
            return;
        }

        foreach (var partition in topic.Partitions)
        {
            var key = new TopicIdPartition(topic.Id, partition.Index);
            if (!partition.Replicas.Contains(Id))
            {
                replicas.Remove(key);
                logs.Remove(key);
                continue;
            }

            if (!logs.TryGetValue(key, out var log))
            {
                logs[key] = log = new SimLog();
            }

            if (!replicas.TryGetValue(key, out var replica))
            {
                replicas[key] = replica = new SimReplica(world, this, key, log);
            }

            replica.OnImage(StateOf(image, partition));
        }
    }

    private static PartitionState StateOf(ClusterImage image, PartitionImage partition) => new(
        partition.LeaderEpoch,
        partition.Epoch,
        partition.Leader,
        [.. partition.Replicas.Select(node => new ReplicaInfo(node, image.Brokers[node].Epoch, image.Brokers[node].Fenced))],
        partition.Isr);

    private void OnReplicaMessage(NodeId from, IReplicaMessage message)
    {
        if (ReplicaOf(message.Partition) is { } replica)
        {
            replica.Receive(from, message);
        }
        else if (message.Stream is { } stream && stream.Follower == Id)
        {
            var refusal = new Refusal(stream, RefusalReason.NoReplica, LeaderEpoch.Unknown);
            world.Network.Send(Id, from, new ToReplica<Refusal>(message.Partition, refusal, stream));
        }
    }

    private void OnBroken(NodeId other)
    {
        foreach (var replica in replicas.Values)
        {
            replica.OnBroken(other);
        }

        if (world.Chance(0.5) && Image.Brokers.GetValueOrDefault(other) is { } broker)
        {
            AskController(new FenceBroker(other, broker.Epoch, "its stream broke"), static _ => { });
        }
    }
}
