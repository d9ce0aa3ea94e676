using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

public sealed partial class ControllerCore
{
    private Decision DecideAlter(ClusterImage image, AlterConfigs command)
    {
        var events = ImmutableArray.CreateBuilder<MetadataEvent>();
        var replies = ImmutableArray.CreateBuilder<(ConfigResource, Verdict)>();
        foreach (var group in command.Resources.GroupBy(resource => resource.Resource))
        {
            var verdict = group.Count() > 1
                ? Refuse(MetadataError.InvalidRequest, "Each resource must appear at most once.")
                : TryAlter(image, group.First(), events);
            replies.Add((group.Key, verdict));
        }

        var draft = new Draft(image);
        if (!command.ValidateOnly)
        {
            foreach (var change in events)
            {
                draft.Add(change);
            }

            ApplyRules(draft, events.OfType<ConfigChanged>());
        }

        return draft.Answer(new AlterConfigsReply(replies.ToImmutable()));
    }

    /// <summary>
    /// A topic that allows unclean elections gets leaders where it has none. A smaller <c>min.insync.replicas</c> ends the eligibility of
    /// replicas that the high watermark may now leave behind.
    /// </summary>
    private void ApplyRules(Draft draft, IEnumerable<ConfigChanged> changes)
    {
        var changed = changes.Where(change => change.Name is MinIsrConfig or UncleanElectionConfig).Select(change => change.Resource).ToHashSet();
        if (changed.Count == 0)
        {
            return;
        }

        foreach (var (topic, partition) in PartitionsWhere(draft.Image, partition => partition.Leader == NodeId.None || !partition.Elr.IsEmpty))
        {
            if (changed.Contains(ConfigResource.AllBrokers) || changed.Contains(ConfigResource.Topic(topic.Name)))
            {
                draft.Add(Change(draft.Image, topic, partition).Build());
            }
        }
    }

    private Verdict TryAlter(ClusterImage image, ResourceEdits edits, ImmutableArray<MetadataEvent>.Builder events)
    {
        var resource = edits.Resource;
        if (ResourceProblem(image, resource) is { } missing)
        {
            return missing;
        }

        if (edits.Edits.GroupBy(edit => edit.Name).Any(group => group.Count() > 1))
        {
            return Refuse(MetadataError.InvalidRequest, "Error due to duplicate config keys");
        }

        var before = image.ConfigOf(resource);
        var changes = edits.Replace
            ? before.Keys.Except(edits.Edits.Select(edit => edit.Name)).Select(name => new ConfigChanged(resource, name, null)).ToList()
            : [];
        foreach (var edit in edits.Edits)
        {
            var verdict = NewValue(resource, before.GetValueOrDefault(edit.Name), edit, out var value);
            if (!verdict.IsOk)
            {
                return verdict;
            }

            if (value != before.GetValueOrDefault(edit.Name))
            {
                changes.Add(new ConfigChanged(resource, edit.Name, value));
            }
        }

        events.AddRange(changes);
        return Verdict.Ok;
    }

    private Verdict? ResourceProblem(ClusterImage image, ConfigResource resource)
    {
        switch (resource.Type)
        {
            case ConfigResourceType.Topic:
                return image.FindTopic(resource.Name) is null
                    ? Refuse(MetadataError.UnknownTopic, $"The topic '{resource.Name}' does not exist.")
                    : null;
            case ConfigResourceType.Broker:
                return resource.Name == "" || (int.TryParse(resource.Name, out var id) && image.Brokers.ContainsKey(new(id)))
                    ? null
                    : Refuse(MetadataError.InvalidRequest, $"No broker with the id '{resource.Name}' is registered.");
            default:
                return Refuse(MetadataError.InvalidRequest, $"Settings of resource type {resource.Type} cannot be changed here.");
        }
    }

    private Verdict NewValue(ConfigResource resource, string? before, ConfigEdit edit, out string? value)
    {
        value = null;
        if (edit.Operation is ConfigOperation.Delete)
        {
            return Verdict.Ok;
        }

        if (!Enum.IsDefined(edit.Operation))
        {
            return Refuse(MetadataError.InvalidRequest, $"Unknown operation {(sbyte)edit.Operation} for {edit.Name}.");
        }

        if (edit.Value is null)
        {
            return Refuse(MetadataError.InvalidRequest, $"Null value not supported for {edit.Name} with operation {edit.Operation}.");
        }

        // Leaders and the controller have to agree on it, or the high watermark would pass replicas that are still eligible (KIP-966).
        if (edit.Name == MinIsrConfig && options.EligibleLeaderReplicas && resource.Type == ConfigResourceType.Broker && resource != ConfigResource.AllBrokers)
        {
            return Refuse(MetadataError.InvalidConfig, $"{MinIsrConfig} cannot be altered for one broker: set it for a topic, or for all brokers.");
        }

        value = edit.Value;
        if (edit.Operation is ConfigOperation.Append or ConfigOperation.Subtract)
        {
            if (!options.IsListConfig(edit.Name))
            {
                return Refuse(MetadataError.InvalidConfig, $"Can't {edit.Operation.ToString().ToUpperInvariant()} to key {edit.Name} because its type is not LIST.");
            }

            var items = (before ?? options.TopicConfigDefault(edit.Name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var edited = edit.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            value = string.Join(',', edit.Operation == ConfigOperation.Append ? items.Union(edited) : items.Except(edited));
        }

        var problem = resource.Type == ConfigResourceType.Topic
            ? options.TopicConfigProblem(edit.Name, value)
            : options.BrokerConfigProblem(edit.Name, value);
        return problem is null ? Verdict.Ok : Refuse(MetadataError.InvalidConfig, problem);
    }
}
