using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

public sealed partial class ControllerCore
{
    private Decision DecideRegister(ClusterImage image, RegisterBroker command)
    {
        var existing = image.Brokers.GetValueOrDefault(command.Id);
        if (RegistrationProblem(command, existing) is { } problem)
        {
            return new([], new BrokerRegistration(new BrokerEpoch(-1), problem));
        }

        var isRepeated = existing?.IncarnationId == command.IncarnationId;
        var epoch = isRepeated ? existing!.Epoch : new BrokerEpoch(Math.Max(image.Version, existing?.Epoch.Value ?? 0) + 1);
        var draft = new Draft(image);
        draft.Add(new BrokerRegistered(
            new BrokerImage(command.Id, epoch, command.IncarnationId, command.Endpoints, command.Rack, !isRepeated || existing!.Fenced)
            {
                InControlledShutdown = isRepeated && existing!.InControlledShutdown,
                LogDirs = command.LogDirs,
            }));
        if (!isRepeated)
        {
            NoteBreak(existing);
            sessions.Begin(command.Id, now);
            RemoveFromIsrs(draft, command.Id, LossOf(command, existing));
        }

        return draft.Answer(new BrokerRegistration(epoch));
    }

    private Verdict? RegistrationProblem(RegisterBroker command, BrokerImage? existing)
    {
        if (command.Id.Value < 0)
        {
            return Refuse(MetadataError.InvalidRequest, $"{command.Id} is no node id: ids begin at 0. Change node.id of that node.");
        }

        if (command.ClusterId is { } cluster && options.ClusterId is { } expected && cluster != expected)
        {
            return Refuse(
                MetadataError.InconsistentClusterId,
                $"Broker {command.Id} has data of cluster {cluster}, but this is cluster {expected}. Check its data directories and the addresses of its voters.");
        }

        if (existing is not null && existing.IncarnationId != command.IncarnationId && sessions.IsAlive(command.Id, now))
        {
            return Refuse(
                MetadataError.DuplicateBrokerRegistration,
                $"Another broker is registered with id {command.Id} and alive. If it was restarted, this resolves itself when the session of its earlier process ends; otherwise give one of them another node.id.");
        }

        return null;
    }

    /// <summary>What the broker's new incarnation may lack of what the earlier one had.</summary>
    private static RecordLoss LossOf(RegisterBroker command, BrokerImage? existing) =>
        existing is null ? RecordLoss.None
        : !command.LogDirs.IsEmpty && existing.LogDirs.Except(command.LogDirs).Any() ? RecordLoss.Everything
        : command.PreviousEpoch != existing.Epoch ? RecordLoss.Unflushed
        : RecordLoss.None;

    private Decision DecideHeartbeat(ClusterImage image, BrokerHeartbeat command)
    {
        if (EpochProblem(image, command.Id, command.Epoch) is { } problem)
        {
            return new([], new BrokerHeartbeatReply(problem, IsCaughtUp: false, IsFenced: true, ShouldShutdown: false));
        }

        var broker = image.Brokers[command.Id];
        var isCaughtUp = command.MetadataVersion >= broker.Epoch.Value;
        var shouldShutdown = false;
        var draft = new Draft(image);
        sessions.Touch(command.Id, command.MetadataVersion, command.IsFull, now);
        var hasDirectory = NoteOfflineDirectories(draft, broker, command.OfflineDirs);
        if (command.WantShutdown)
        {
            shouldShutdown = TryShutDown(draft, broker);
        }
        else if (command.WantFence || !hasDirectory)
        {
            Fence(draft, command.Id);
        }
        else if (broker is { Fenced: true, InControlledShutdown: false } && isCaughtUp)
        {
            draft.Add(new BrokerChanged(command.Id, command.Epoch, Fenced: false));
            steadiness.NoteBack(command.Id, now);
            ElectMissingLeaders(draft, static _ => true);
        }
        else if (command.IsFull)
        {
            MoveToWhereRoomIs(draft, command.Id);
        }

        return draft.Answer(new BrokerHeartbeatReply(Verdict.Ok, isCaughtUp, draft.Image.Brokers[command.Id].Fenced, shouldShutdown));
    }

    private static Verdict? EpochProblem(ClusterImage image, NodeId id, BrokerEpoch epoch) => image.Brokers.GetValueOrDefault(id) switch
    {
        null => Refuse(MetadataError.BrokerNotRegistered, $"Broker {id} is not registered."),
        var broker when broker.Epoch != epoch =>
            Refuse(MetadataError.StaleBrokerEpoch, $"Broker {id} is registered with epoch {broker.Epoch.Value}, not with {epoch.Value}."),
        _ => null,
    };

    /// <summary>False when the last log directory of the broker has failed.</summary>
    private static bool NoteOfflineDirectories(Draft draft, BrokerImage broker, ImmutableArray<Guid> offline)
    {
        var online = broker.LogDirs.RemoveRange(offline);
        if (online.Length < broker.LogDirs.Length && !online.IsEmpty)
        {
            draft.Add(new BrokerChanged(broker.Id, broker.Epoch, LogDirs: online));
        }

        return broker.LogDirs.IsEmpty || !online.IsEmpty;
    }

    /// <summary>Moves the broker's leaders away; true when none is left and the others know of it.</summary>
    private bool TryShutDown(Draft draft, BrokerImage broker)
    {
        var leads = PartitionsWhere(draft.Image, partition => partition.Leader == broker.Id).Count > 0;
        if (!broker.Fenced && !broker.InControlledShutdown && leads)
        {
            draft.Add(new BrokerChanged(broker.Id, broker.Epoch, InControlledShutdown: true));
            RemoveFromIsrs(draft, broker.Id, RecordLoss.None);
            sessions.NoteShutdown(broker.Id, draft.Image.Version);
            return false;
        }

        if (leads || !sessions.IsShutdownKnown(draft.Image, broker.Id))
        {
            return false;
        }

        Fence(draft, broker.Id);
        sessions.End(broker.Id);
        return true;
    }

    private void Fence(Draft draft, NodeId id)
    {
        if (draft.Image.Brokers[id] is { Fenced: false } broker)
        {
            draft.Add(new BrokerChanged(id, broker.Epoch, Fenced: true));
            RemoveFromIsrs(draft, id, RecordLoss.None);
        }
    }

    private Decision DecideFence(ClusterImage image, FenceBroker command)
    {
        if (EpochProblem(image, command.Id, command.Epoch) is { } problem)
        {
            return new([], new VerdictReply(problem));
        }

        var draft = new Draft(image);
        NoteBreak(image.Brokers[command.Id]);
        Fence(draft, command.Id);
        sessions.End(command.Id);
        return draft.Answer(new VerdictReply(Verdict.Ok));
    }

    private Decision DecideExpire(ClusterImage image)
    {
        var draft = new Draft(image);
        var expired = sessions.Expired(image, now);
        foreach (var id in expired)
        {
            NoteBreak(image.Brokers[id]);
            Fence(draft, id);
            sessions.End(id);
        }

        return draft.Answer(new ExpireSessionsReply([.. expired]));
    }

    private Decision DecideUnregister(ClusterImage image, UnregisterBroker command)
    {
        if (image.Brokers.GetValueOrDefault(command.Id) is not { } broker)
        {
            return new([], new VerdictReply(Refuse(MetadataError.BrokerNotRegistered, $"Broker ID {command.Id} is not currently registered.")));
        }

        var draft = new Draft(image);
        draft.Add(new BrokerUnregistered(command.Id, broker.Epoch));
        RemoveFromIsrs(draft, command.Id, RecordLoss.Everything);
        sessions.End(command.Id);
        steadiness.Forget(command.Id);
        return draft.Answer(new VerdictReply(Verdict.Ok));
    }

    /// <summary>A broker is lost that neither was fenced yet nor is about to stop.</summary>
    private void NoteBreak(BrokerImage? broker)
    {
        if (broker is { IsActive: true })
        {
            steadiness.NoteBreak(broker.Id, now);
        }
    }
}
