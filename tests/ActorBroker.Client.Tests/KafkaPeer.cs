using System.Diagnostics;
using ActorBroker.Harness;

namespace ActorBroker.Client.Tests;

/// <summary>Runs only where Apache Kafka is there to talk to: KAFKA_BOOTSTRAP names a running one, or ../shared/peers holds it and Java is installed.</summary>
public sealed class KafkaFactAttribute : FactAttribute
{
    public KafkaFactAttribute() => Skip = KafkaPeer.WhyNot;
}

/// <inheritdoc cref="KafkaFactAttribute"/>
public sealed class KafkaTheoryAttribute : TheoryAttribute
{
    public KafkaTheoryAttribute() => Skip = KafkaPeer.WhyNot;
}

[CollectionDefinition(Name)]
public sealed class KafkaCollection : ICollectionFixture<KafkaPeer>
{
    public const string Name = "kafka";
}

/// <summary>One Kafka node for all tests of the collection.</summary>
public sealed class KafkaPeer : IAsyncLifetime
{
    private static readonly string? Given = Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP");
    private static readonly string Script = Path.GetFullPath(Path.Combine(Checkout.Root, "..", "shared", "peers", "kafka", "cluster"));
    private readonly string _directory = Path.Combine(Scratch.Create("kafka-").FullName, "peer");

    /// <summary>Java starts slowly where others are at work.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    public static string? WhyNot => Given is not null ? null
        : !File.Exists(Script) ? $"Apache Kafka is not at {Script}"
        : !Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "java"))) ? "java is not installed"
        : null;

    public string Bootstrap { get; private set; } = "";

    public ClientOptions Options => new() { BootstrapServers = Bootstrap };

    public async Task InitializeAsync()
    {
        if (WhyNot is not null)
        {
            return;
        }

        if (Given is not null)
        {
            Bootstrap = Given;
            return;
        }

        // Its controller listens 101 above.
        Bootstrap = "127.0.0.1:" + FreePorts.WithAnother(101);
        await RunAsync("start", "--dir", _directory, "--port", Bootstrap.Split(':')[1]);
        var clock = Stopwatch.StartNew();
        while (!await AnswersAsync(isLastTry: clock.Elapsed > StartLimit))
        {
            await Task.Yield();
        }
    }

    /// <summary>Whether the broker is there; each try waits for it as long as a client does.</summary>
    private async Task<bool> AnswersAsync(bool isLastTry)
    {
        try
        {
            await using var admin = new KafkaAdmin(Options);
            await admin.DescribeClusterAsync();
            return true;
        }
        catch (KafkaException) when (!isLastTry)
        {
            return false;
        }
    }

    public async Task DisposeAsync()
    {
        if (Given is null && Directory.Exists(_directory))
        {
            await RunAsync("stop", "--dir", _directory);
            Directory.Delete(Path.GetDirectoryName(_directory)!, recursive: true);
        }
    }

    /// <summary>A topic of its own for a test.</summary>
    public async Task<string> CreateTopicAsync(int partitions = 1, params (string Name, string Value)[] configs)
    {
        var name = "t-" + Guid.NewGuid().ToString("N");
        await using var admin = new KafkaAdmin(Options);
        var created = await admin.CreateTopicsAsync([new NewTopic(name, partitions, 1) { Configs = configs.ToDictionary(config => config.Name, config => (string?)config.Value) }]);
        created[0].ThrowIfFailed();
        return name;
    }

    private static async Task RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Script, arguments) { RedirectStandardOutput = true })!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
