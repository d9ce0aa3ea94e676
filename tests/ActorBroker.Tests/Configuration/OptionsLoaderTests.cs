using ActorBroker.Configuration;
using ActorBroker.Hocon;
using ActorBroker.Model.Options;

namespace ActorBroker.Tests.Configuration;

public sealed class OptionsLoaderTests : IDisposable
{
    private readonly string directory = Scratch.Create("settings").FullName;

    public void Dispose() => Directory.Delete(directory, true);

    [Fact]
    public void Each_source_wins_over_the_ones_before()
    {
        var file = Write("node.conf", "actorbroker { node.id = 2, topics.num-partitions = 2, groups.max-size = 2, limits.max-connections = 2, storage.data-dirs = [two] }");
        var properties = Write("server.properties", "num.partitions=3\ngroup.max.size=3\nmax.connections=3\nlog.dirs=three");

        var options = OptionsLoader.Load(new SettingSources
        {
            ConfigFile = file,
            PropertiesFile = properties,
            Environment = new Dictionary<string, string> { ["ACTORBROKER__GROUPS__MAX_SIZE"] = "4", ["ACTORBROKER__LIMITS__MAX_CONNECTIONS"] = "4", ["PATH"] = "x" },
            Sets = ["limits.max-connections=5"],
            DataDir = Path.Combine(directory, "six"),
            Listeners = ["0.0.0.0:7"],
        }).Options;

        Assert.Equal(2, options.Node.Id.Value);
        Assert.Equal(3, options.Topics.NumPartitions);
        Assert.Equal(4, options.Groups.MaxSize);
        Assert.Equal(5, options.Limits.MaxConnections);
        Assert.Equal([Path.Combine(directory, "six")], options.Storage.DataDirs);
        Assert.Equal(("0.0.0.0", 7), (options.Listeners[0].Host, options.Listeners[0].Port));
    }

    [Theory]
    [InlineData("topics.defaults.retention.ms=1h", "3600000")]
    [InlineData("actorbroker.topics.defaults.retention.ms=1h", "3600000")]
    [InlineData("log.retention.ms=5", "5")]
    [InlineData("log.retention.minutes=2", "120000")]
    [InlineData("log.retention.hours=2", "7200000")]
    [InlineData("log.retention.hours=-1", "-1")]
    public void Set_takes_our_names_and_kafkas(string assignment, string expected) => Assert.Equal(expected, Set(assignment).Topics.Defaults["retention.ms"]);

    [Fact]
    public void Topic_defaults_keep_only_what_is_not_kafkas_default()
    {
        var defaults = Set("log.segment.bytes=1073741824", "log.cleanup.policy=compact,delete", "topics.defaults.flush.mode=group-commit", "message.max.bytes=2000000", "log.preallocate=TRUE").Topics.Defaults;

        Assert.Equal(
            new Dictionary<string, string> { ["cleanup.policy"] = "compact,delete", ["flush.mode"] = "group-commit", ["max.message.bytes"] = "2000000", ["preallocate"] = "TRUE" },
            defaults);
    }

    [Fact]
    public void Of_kafkas_synonyms_in_one_file_the_preferred_one_counts_wherever_it_stands()
    {
        var properties = Write("server.properties", "log.retention.ms=1\nlog.retention.hours=168\nlog.roll.hours=1\nlog.dir=/a\nlog.dirs=/b,/c\n");

        var options = OptionsLoader.Load(new SettingSources { PropertiesFile = properties }).Options;

        Assert.Equal("1", options.Topics.Defaults["retention.ms"]);
        Assert.Equal("3600000", options.Topics.Defaults["segment.ms"]);
        Assert.Equal(["/b", "/c"], options.Storage.DataDirs);
    }

    [Fact]
    public void The_properties_file_that_kafka_ships_starts_with_warnings_for_what_has_no_effect()
    {
        var properties = Write("server.properties", """
            # comment
            process.roles=broker,controller
            node.id = 7
            controller.quorum.bootstrap.servers=localhost:9093
            listeners=PLAINTEXT://:9092,CONTROLLER://:9093
            inter.broker.listener.name=PLAINTEXT
            advertised.listeners=PLAINTEXT://broker.example:9092,CONTROLLER://localhost:9093
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL
            log.dirs=/tmp/kraft-combined-logs
            num.partitions : 3
            num.recovery.threads.per.data.dir=1
            log.retention.hours=16\
              8
            num.partitons=5
            """);

        var loaded = OptionsLoader.Load(new SettingSources { PropertiesFile = properties });

        var listener = Assert.Single(loaded.Options.Listeners);
        Assert.Equal(("", 9092, "broker.example", 9092), (listener.Host, listener.Port, listener.AdvertisedHost, listener.AdvertisedPort));
        Assert.Equal(7, loaded.Options.Node.Id.Value);
        Assert.Equal(3, loaded.Options.Topics.NumPartitions);
        Assert.Empty(loaded.Options.Topics.Defaults);
        Assert.Equal(
            [
                $"{properties}:4: controller.quorum.bootstrap.servers: this property of Kafka's has no effect here.",
                $"{properties}:6: inter.broker.listener.name: this property of Kafka's has no effect here.",
                $"{properties}:15: num.partitons: unknown property, ignored; did you mean num.partitions?",
            ],
            loaded.Warnings);
    }

    [Fact]
    public void A_file_may_refer_to_the_reference_and_to_the_environment_and_include_others()
    {
        Environment.SetEnvironmentVariable("SETTINGS_TEST_RACK", "r1");
        Write("common.conf", "actorbroker.node.rack = ${SETTINGS_TEST_RACK}");
        var file = Write("node.conf", "include \"common.conf\"\nactorbroker.topics.num-partitions = ${actorbroker.groups.offsets-topic.num-partitions}\nactorbroker.storage.data-dirs += more");

        var options = OptionsLoader.Load(new SettingSources { ConfigFile = file }).Options;

        Assert.Equal("r1", options.Node.Rack);
        Assert.Equal(50, options.Topics.NumPartitions);
        Assert.Equal([Path.GetFullPath("data"), Path.GetFullPath("more")], options.Storage.DataDirs);
    }

    [Theory]
    [InlineData("akka.loglevel=DEBUG", "DEBUG")]
    [InlineData("akka.loglevel = 100 ms ", "100 ms")]
    public void Akka_settings_go_through(string assignment, string expected) => Assert.Equal(expected, Akka(Set(assignment)).Items["loglevel"].Text);

    [Fact]
    public void Akka_settings_come_from_all_sources()
    {
        var file = Write("node.conf", "akka { cluster { roles = [], seed-node-timeout = 1 s }, x = ${akka.loglevel} }");

        var akka = Akka(OptionsLoader.Load(new SettingSources { ConfigFile = file, Sets = ["akka.cluster.min-nr-of-members=2"] }).Options);

        var cluster = akka.Items["cluster"].Object!.Items;
        Assert.Empty(cluster["roles"].List!);
        Assert.Equal("1 s", cluster["seed-node-timeout"].Text);
        Assert.Equal("2", cluster["min-nr-of-members"].Text);
        Assert.Equal("INFO", akka.Items["x"].Text);
        Assert.Equal("off", akka.Items["log-dead-letters"].Text);
    }

    [Theory]
    [InlineData("akka = 5", ":1:1: akka: expected an object, found \"5\".")]
    [InlineData("akka {\n  x = [\"null\"] }", ":2:8: akka.x: Akka.NET cannot take \"null\": a text must neither begin nor end with white space, nor be \"null\".")]
    [InlineData("akka.x = \" y\"", ":1:1: akka.x: Akka.NET cannot take \" y\": a text must neither begin nor end with white space, nor be \"null\".")]
    public void What_akka_would_read_otherwise_is_refused(string hocon, string expected)
    {
        var file = Write("bad.conf", hocon);

        var error = Assert.Throws<OptionsException>(() => OptionsLoader.Load(new SettingSources { ConfigFile = file }));

        Assert.Equal(file + expected, Assert.Single(error.Problems));
    }

    [Theory]
    [InlineData("actorbroker {\n  limts { max-connections = 5 }\n}", ":2:3: unknown key 'actorbroker.limts'; did you mean 'actorbroker.limits'?")]
    [InlineData("actorbroker {\n  limits {\n    max-conections = 5 } }", ":3:5: unknown key 'actorbroker.limits.max-conections'; did you mean 'actorbroker.limits.max-connections'?")]
    [InlineData("actorbroker.max-size = 5", ":1:1: unknown key 'actorbroker.max-size'; did you mean 'actorbroker.groups.max-size'?")]
    [InlineData("actorbroker.topics.defaults.retension.ms = 5", ":1:1: unknown key 'actorbroker.topics.defaults.retension'; did you mean 'actorbroker.topics.defaults.retention.ms'?")]
    [InlineData("actorbroker.node { xyzzy-plugh = 1 }", ":1:20: unknown key 'actorbroker.node.xyzzy-plugh'; see reference.conf for all keys.")]
    [InlineData("actorbrokr.node.id = 1", ":1:1: unknown key 'actorbrokr'; did you mean 'actorbroker'?")]
    [InlineData("actorbroker.limits = 5", ":1:1: actorbroker.limits: expected an object, found \"5\".")]
    [InlineData("actorbroker.node.id = one", ":1:1: actorbroker.node.id: expected a whole number, from 0 to 2147483647, found \"one\".")]
    [InlineData("actorbroker.node.id = -1", ":1:1: actorbroker.node.id: expected a whole number, from 0 to 2147483647, found \"-1\".")]
    [InlineData("actorbroker.groups.max-session-timeout = 3 parsecs", ":1:1: actorbroker.groups.max-session-timeout: expected a duration such as 500ms, 10s or 5 minutes, from 1 to 2147483647 ms, found \"3 parsecs\".")]
    [InlineData("actorbroker.limits.request-max-bytes = 3 GiB", ":1:1: actorbroker.limits.request-max-bytes: expected a size such as 512, 64 KiB or 10 MiB, from 1 to 2147483647 bytes, found \"3 GiB\".")]
    [InlineData("actorbroker.topics.auto-create = maybe", ":1:1: actorbroker.topics.auto-create: expected true or false, found \"maybe\".")]
    [InlineData("actorbroker.topics.defaults.retention.ms = -2", ":1:1: actorbroker.topics.defaults.retention.ms: Invalid value -2 for configuration retention.ms: Value must be at least -1.")]
    [InlineData("actorbroker.listeners = [\"127.0.0.1:9092\"]", ":1:1: actorbroker.listeners: expected NAME://host:port with a port from 0 to 65535, found \"127.0.0.1:9092\".")]
    [InlineData("actorbroker.listeners = [\"OUT://:9092\"]", ":1:1: actorbroker.listeners: the listener OUT has no security protocol; add OUT:PLAINTEXT to actorbroker.listener-security-protocols (Kafka: listener.security.protocol.map).")]
    [InlineData("actorbroker.advertised-listeners = [\"PLAINTEXT://0.0.0.0:9092\"]", ":1:1: actorbroker.advertised-listeners: PLAINTEXT advertises all interfaces, to which no client can connect; give the name or address by which clients reach this machine.")]
    [InlineData("actorbroker.node.cluster-id = abc", ":1:1: actorbroker.node.cluster-id: expected 22 characters of URL-safe base64 or null, found \"abc\".")]
    [InlineData("a = [", ":1:6: expected the ']' that closes the list opened in line 1, found the end of the text.")]
    public void What_is_wrong_in_a_file_is_named_with_its_place(string hocon, string expected)
    {
        var file = Write("bad.conf", hocon);

        var error = Assert.Throws<OptionsException>(() => OptionsLoader.Load(new SettingSources { ConfigFile = file }));

        Assert.Equal(file + expected, Assert.Single(error.Problems));
    }

    [Fact]
    public void All_problems_are_reported_at_once_each_with_its_source()
    {
        var file = Write("bad.conf", "actorbroker.node.id = x");
        var properties = Write("bad.properties", "\n\nnum.partitions=0\n");

        var error = Assert.Throws<OptionsException>(() => OptionsLoader.Load(new SettingSources
        {
            ConfigFile = file,
            PropertiesFile = properties,
            Environment = new Dictionary<string, string> { ["ACTORBROKER__GROUPS__MAX_SIZ"] = "1" },
            Sets = ["limits.max-connections=many", "nonsense"],
        }));

        Assert.Equal(5, error.Problems.Count);
        Assert.Contains("--set nonsense: expected key=value.", error.Problems);
        Assert.Contains(error.Problems, problem => problem.StartsWith($"{file}:1:1: actorbroker.node.id"));
        Assert.Contains(error.Problems, problem => problem.StartsWith($"{properties}:3:1: actorbroker.topics.num-partitions: expected a whole number, from 1"));
        Assert.Contains("environment variable ACTORBROKER__GROUPS__MAX_SIZ: unknown key 'actorbroker.groups.max-siz'; did you mean 'actorbroker.groups.max-size'?", error.Problems);
        Assert.Contains("--set limits.max-connections=many: actorbroker.limits.max-connections: expected a whole number, from 1 to 2147483647, found \"many\".", error.Problems);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var error = Assert.Throws<OptionsException>(() => OptionsLoader.Load(new SettingSources { ConfigFile = "/nowhere/x.conf" }));

        Assert.Equal("--config /nowhere/x.conf: there is no such file.", error.Message);
    }

    [Fact]
    public void A_voters_own_address_is_where_it_listens_for_the_others()
    {
        var cluster = Set("controller.quorum.voters=1@a.example:9093,2@b.example:9193", "node.id=2").Cluster;

        Assert.Equal([new(new(1), new("a.example", 9093)), new(new(2), new("b.example", 9193))], cluster.Voters);
        Assert.Equal((new HostPort("b.example", 9193), new HostPort("b.example", 9193)), (cluster.Listener, cluster.Advertised));
    }

    [Fact]
    public void A_broker_that_is_no_voter_says_where_it_listens()
    {
        var options = Set("controller.quorum.voters=1@a.example:9093", "node.id=4", "process.roles=broker", "cluster.listener=c.example:9093");

        Assert.Equal(NodeRoles.Broker, options.Node.Roles);
        Assert.Equal(new HostPort("c.example", 9093), options.Cluster.Advertised);
    }

    [Theory]
    [InlineData("process.roles=broker", "actorbroker.node.roles: a node that is alone must be controller and broker")]
    [InlineData("process.roles=zookeeper", "actorbroker.node.roles: expected controller or broker, found \"zookeeper\".")]
    [InlineData("controller.quorum.voters=1:9093", "actorbroker.cluster.voters: expected id@host:port, found \"1:9093\".")]
    [InlineData("controller.quorum.voters=1@a:1,1@b:1", "actorbroker.cluster.voters: \"1@b:1\" repeats the id or the address of another voter.")]
    [InlineData("controller.quorum.voters=7@a:1", "actorbroker.cluster.listener: node 1 is not among the voters and must say where it listens")]
    [InlineData("cluster.listener=nowhere", "actorbroker.cluster.listener: expected host:port with a port from 1 to 65535, found \"nowhere\".")]
    [InlineData("broker.session.timeout.ms=1500", "actorbroker.cluster.broker-heartbeat-interval: must be at most half")]
    public void What_cannot_be_a_cluster_is_explained(string setting, string problem)
    {
        var error = Assert.Throws<OptionsException>(() => Set(setting));

        Assert.Contains(error.Problems, found => found.Contains(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cluster.listener=127.0.0.1:9999", "actorbroker.cluster.listener: the others look for node 1 at a:9093, as cluster.voters says, but it listens at 127.0.0.1:9999; make both the same")]
    [InlineData("cluster.advertised=b:9093", "actorbroker.cluster.advertised: the others look for node 1 at a:9093, as cluster.voters says, but it advertises b:9093; make both the same")]
    public void A_voter_that_is_elsewhere_than_the_others_look_for_it_is_refused(string setting, string problem)
    {
        var error = Assert.Throws<OptionsException>(() => Set("controller.quorum.voters=1@a:9093", setting));

        Assert.Contains(error.Problems, found => found.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Listeners_have_names_ipv6_addresses_and_other_addresses_to_be_reached_at()
    {
        var options = Set(
            "listeners=INSIDE://[::1]:9092,OUTSIDE://:9093",
            "advertised.listeners=OUTSIDE://broker.example:443",
            "listener.security.protocol.map=INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT");

        Assert.Equal(
            [
                new ListenerOptions { Name = "INSIDE", Host = "::1", Port = 9092 },
                new ListenerOptions { Name = "OUTSIDE", Host = "", Port = 9093, AdvertisedHost = "broker.example", AdvertisedPort = 443 },
            ],
            options.Listeners);
    }

    [Fact]
    public void A_property_of_kafkas_without_effect_is_only_a_warning()
    {
        var loaded = OptionsLoader.Load(new SettingSources { Sets = ["num.io.threads=8"] });

        Assert.Equal(["--set num.io.threads: this property of Kafka's has no effect here."], loaded.Warnings);
    }

    [Theory]
    [InlineData("log.retention.mss=5", "--set log.retention.mss=5: unknown key 'log.retention.mss'; did you mean 'log.retention.ms'?")]
    [InlineData("num.partitons=5", "--set num.partitons=5: unknown key 'num.partitons'; did you mean 'num.partitions'?")]
    [InlineData("limits.max-conections=5", "--set limits.max-conections=5: unknown key 'actorbroker.limits.max-conections'; did you mean 'actorbroker.limits.max-connections'?")]
    public void A_mistyped_name_of_either_kind_gets_its_nearest(string assignment, string problem)
    {
        var error = Assert.Throws<OptionsException>(() => Set(assignment));

        Assert.Equal([problem], error.Problems);
    }

    private static HoconObject Akka(BrokerOptions options) => HoconDocument.Parse(options.AkkaHocon).Items["akka"].Object!;

    private static BrokerOptions Set(params string[] assignments) => OptionsLoader.Load(new SettingSources { Sets = assignments }).Options;

    private string Write(string name, string text)
    {
        var file = Path.Combine(directory, name);
        File.WriteAllText(file, text);
        return file;
    }
}
