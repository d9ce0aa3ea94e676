using System.Globalization;
using ActorBroker.Model;
using ActorBroker.Model.Options;

namespace ActorBroker.Configuration;

/// <summary>The part of <see cref="BrokerOptions"/> that is about other nodes.</summary>
internal static class ClusterBinder
{
    private const string VotersKey = "cluster.voters";
    private const string ListenerKey = "cluster.listener";
    private const string AdvertisedKey = "cluster.advertised";
    private const string LinksListenerKey = "cluster.links.listener";
    private const string LinksAdvertisedKey = "cluster.links.advertised";
    private const string RolesKey = "node.roles";

    public static NodeRoles Roles(SettingsReader read)
    {
        var roles = NodeRoles.None;
        foreach (var text in read.List(RolesKey))
        {
            NodeRoles? role = text.ToLowerInvariant() switch
            {
                "controller" => NodeRoles.Controller,
                "broker" => NodeRoles.Broker,
                _ => null,
            };
            if (role is { } known)
                roles |= known;
            else
                read.Add(RolesKey, $"expected controller or broker, found \"{text}\".");
        }

        return roles;
    }

    public static ClusterOptions Bind(SettingsReader read)
    {
        var voters = Voters(read);
        var own = voters.FirstOrDefault(voter => voter.Id.Value == read.Int("node.id"))?.Address;
        var listener = Address(read, ListenerKey);
        var options = new ClusterOptions();
        options = options with { Listener = listener ?? own ?? options.Listener, Advertised = Address(read, AdvertisedKey) ?? own ?? listener ?? options.Advertised };
        return options with
        {
            Voters = voters,
            Links = Links(read, options),
            Cookie = read.OptionalText("cluster.cookie") ?? "",
            BrokerSessionTimeoutMs = read.Int("cluster.broker-session-timeout"),
            BrokerHeartbeatIntervalMs = read.Int("cluster.broker-heartbeat-interval"),
            ControlledShutdown = read.Bool("cluster.controlled-shutdown"),
            PromptDowning = read.Bool("cluster.prompt-downing"),
            AutoLeaderRebalance = read.Bool("cluster.auto-leader-rebalance"),
            LeaderImbalanceCheckIntervalMs = read.Number("cluster.leader-imbalance-check-interval"),
            LeaderImbalancePerBrokerPercentage = read.Int("cluster.leader-imbalance-per-broker-percentage"),
            Flapping = new FlappingOptions
            {
                Limit = read.Int("cluster.flapping.limit"),
                WindowMs = read.Number("cluster.flapping.window"),
                PauseMs = read.Number("cluster.flapping.pause"),
                MaxPauseMs = read.Number("cluster.flapping.max-pause"),
            },
            Quorum = new QuorumOptions
            {
                SnapshotMaxBytes = read.Number("cluster.quorum.snapshot-max-bytes"),
                SnapshotMaxRecords = read.Number("cluster.quorum.snapshot-max-records"),
                TickMs = read.Int("cluster.quorum.tick"),
                MaxWaiting = read.Int("cluster.quorum.max-waiting"),
                MaxBatchesInFlight = read.Int("cluster.quorum.max-batches-in-flight"),
                MaxEventsOfBatch = read.Int("cluster.quorum.max-events-of-batch"),
            },
            Replication = new ReplicationOptions
            {
                LagTimeMaxMs = read.Number("cluster.replication.lag-time-max"),
                ReplicaSelector = Selector(read),
                WindowBytes = read.Int("cluster.replication.window-bytes"),
                PushMaxBytes = read.Int("cluster.replication.push-max-bytes"),
                CatchUpBytesPerSecond = read.Number("cluster.replication.catch-up-bytes-per-second"),
            },
        };
    }

    private static LinkSettings Links(SettingsReader read, ClusterOptions cluster)
    {
        var listener = Address(read, LinksListenerKey, leastPort: 0) ?? cluster.Listener with { Port = Math.Min(cluster.Listener.Port + 1, ushort.MaxValue) };
        return new LinkSettings
        {
            Listener = listener,
            Advertised = Address(read, LinksAdvertisedKey) ?? cluster.Advertised with { Port = listener.Port },
            CreditBytes = read.Int("cluster.links.credit-bytes"),
            QueueBytes = read.Number("cluster.links.queue-bytes"),
            KeepAliveMs = read.Int("cluster.links.keep-alive"),
        };
    }

    /// <summary>Our names, and those of Kafka's two classes.</summary>
    private static ReplicaSelector Selector(SettingsReader read)
    {
        const string key = "cluster.replication.replica-selector";
        var text = read.OptionalText(key);
        switch (text)
        {
            case null or "leader" or "org.apache.kafka.common.replica.LeaderSelector":
                return ReplicaSelector.Leader;
            case "rack-aware" or "org.apache.kafka.common.replica.RackAwareReplicaSelector":
                return ReplicaSelector.RackAware;
            default:
                read.Add(key, $"expected leader or rack-aware (Kafka: org.apache.kafka.common.replica.RackAwareReplicaSelector), found \"{text}\"; other classes cannot be loaded.");
                return ReplicaSelector.Leader;
        }
    }

    public static void CheckTogether(BrokerOptions options, SettingsReader read)
    {
        var cluster = options.Cluster;
        var isVoter = cluster.Voters.Any(voter => voter.Id == options.Node.Id);
        var isController = options.Node.Roles.HasFlag(NodeRoles.Controller);
        if (options.Node.Roles == NodeRoles.None)
            read.Add(RolesKey, "expected controller, broker or both.");
        else if (!cluster.IsClustered && options.Node.Roles != NodeRoles.All)
            read.Add(RolesKey, $"a node that is alone must be controller and broker; name the cluster's controllers in {SettingKey.Root}.{VotersKey} (Kafka: controller.quorum.voters).");
        else if (cluster.IsClustered && isVoter && !isController)
            read.Add(RolesKey, $"node {options.Node.Id} is among the voters and must be a controller; remove it from {VotersKey} on all nodes, or add the role.");
        if (cluster.IsClustered && !isVoter && read.OptionalText(ListenerKey) is null)
            read.Add(ListenerKey, $"node {options.Node.Id} is not among the voters and must say where it listens for the other nodes: host:port.");
        if (cluster.IsClustered && cluster.Advertised.Host is "" or "0.0.0.0" or "::")
            read.Add(AdvertisedKey, "no node can connect to all interfaces; give the name or address by which the others reach this machine.");
        if (cluster.IsClustered && cluster.Links.Advertised.Host is "" or "0.0.0.0" or "::")
            read.Add(LinksAdvertisedKey, "no node can connect to all interfaces; give the name or address by which the others reach this machine.");
        if (cluster.IsClustered && cluster.Links.Listener == cluster.Listener)
            read.Add(LinksListenerKey, $"must not be cluster.listener ({cluster.Listener}); links need a port of their own.");
        CheckOwnAddress(options, read);
        if (cluster.BrokerHeartbeatIntervalMs * 2L > cluster.BrokerSessionTimeoutMs)
            read.Add("cluster.broker-heartbeat-interval", $"must be at most half of cluster.broker-session-timeout ({cluster.BrokerSessionTimeoutMs} ms), or one late heartbeat fences the broker.");
        if (cluster.Replication.PushMaxBytes > cluster.Replication.WindowBytes)
            read.Add("cluster.replication.push-max-bytes", $"must not be more than cluster.replication.window-bytes ({cluster.Replication.WindowBytes} bytes).");
    }

    /// <summary>A voter must be where the others look for it. Behind a translation of ports, the advertised address says that another port is meant.</summary>
    private static void CheckOwnAddress(BrokerOptions options, SettingsReader read)
    {
        var (node, cluster) = (options.Node.Id, options.Cluster);
        if (cluster.Voters.FirstOrDefault(voter => voter.Id == node) is not { } own)
            return;
        if (own.Address != cluster.Advertised)
            read.Add(AdvertisedKey, $"the others look for node {node} at {own.Address}, as {VotersKey} says, but it advertises {cluster.Advertised}; make both the same, or give this node an id of its own.");
        else if (own.Address.Port != cluster.Listener.Port && read.OptionalText(AdvertisedKey) is null)
            read.Add(ListenerKey, $"the others look for node {node} at {own.Address}, as {VotersKey} says, but it listens at {cluster.Listener}; make both the same, or give this node an id of its own.");
    }

    private static HostPort? Address(SettingsReader read, string key, int leastPort = 1)
    {
        if (read.OptionalText(key) is not { } text)
            return null;
        if (HostPort.TryParse(text) is { } address && address.Port >= leastPort)
            return address;
        read.Add(key, $"expected host:port with a port from {leastPort} to 65535, found \"{text}\".");
        return null;
    }

    private static List<VoterOptions> Voters(SettingsReader read)
    {
        var voters = new List<VoterOptions>();
        foreach (var text in read.List(VotersKey))
        {
            var at = text.IndexOf('@');
            if (at > 0 && int.TryParse(text.AsSpan(0, at), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && HostPort.TryParse(text[(at + 1)..]) is { Port: > 0, Host.Length: > 0 } address)
            {
                if (voters.Exists(other => other.Id.Value == id || other.Address == address))
                    read.Add(VotersKey, $"\"{text}\" repeats the id or the address of another voter.");
                voters.Add(new VoterOptions(new NodeId(id), address));
            }
            else
            {
                read.Add(VotersKey, $"expected id@host:port, found \"{text}\".");
            }
        }

        return voters;
    }
}
