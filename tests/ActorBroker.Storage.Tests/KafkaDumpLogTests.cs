using ActorBroker.Harness;
using ActorBroker.Model;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

/// <summary>Our files read by Kafka's own dump tool, where the reference installation lies beside the checkout.</summary>
public sealed class KafkaDumpLogTests : IDisposable
{
    private readonly string _root = Scratch.Create("actorbroker-dump-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [SharedFact(KafkaTool.SharedPath)]
    public async Task Kafkas_dump_log_reads_every_file_of_a_log_without_complaint()
    {
        using var manager = LogManager.Open(new LogManagerOptions { Directories = [_root], NodeId = new NodeId(1) });
        var log = manager.GetOrCreate(new TopicPartition("dump", 0), TopicId.NewRandom(), LogConfig.Default with { IndexIntervalBytes = 200 });
        for (var i = 0; i < 30; i++)
            log.Append(Batches.Plain(3, 50, 1_700_000_000_000 + i * 100), new LeaderEpoch(1), 0);
        log.Roll();
        for (var i = 0; i < 4; i++)
            log.Append(Batches.Of(7, 0, i, transactional: true, timestamp: 1_700_000_010_000 + i), new LeaderEpoch(2), 0);
        log.Append(Batches.Marker(7, 0, commit: false, timestamp: 1_700_000_020_000), new LeaderEpoch(2), 0);
        log.Append(Batches.Of(8, 0, 0, transactional: true, timestamp: 1_700_000_020_001), new LeaderEpoch(2), 0);
        manager.Close();
        var files = Directory.GetFiles(log.DirectoryPath).Where(path => Path.GetFileName(path)[0] == '0').Order().ToArray();

        var output = await DumpAsync(files);

        foreach (var suffix in new[] { ".log", ".index", ".timeindex", ".txnindex", ".snapshot" })
            Assert.Contains(files, file => file.EndsWith(suffix));
        Assert.DoesNotContain("Found", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Mismatch", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("isvalid: false", output, StringComparison.Ordinal);
        Assert.Contains("ABORT", output, StringComparison.Ordinal);
        Assert.Contains("producerId: 7 producerEpoch: 0 coordinatorEpoch: 0 currentTxnFirstOffset: ", output, StringComparison.Ordinal);
        Assert.Contains("version: 0 producerId: 7 firstOffset: 90 lastOffset: 94 lastStableOffset: 95", output, StringComparison.Ordinal);
    }

    private static async Task<string> DumpAsync(string[] files)
    {
        var (text, errors) = await KafkaTool.DumpLogAsync(files);
        // The tool counts from -1 in every segment and says so for each that does not start at 0, Kafka's own included.
        var complaints = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("Non-consecutive offsets", StringComparison.Ordinal) && line.Trim() != "-1 is followed by 90");
        Assert.Empty(complaints);
        return text;
    }
}

/// <summary>A test that needs a file of ../shared, which lies beside the checkout of those who have it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string path)
    {
        if (Checkout.FindShared(path) is null)
            Skip = $"../shared/{path} is not beside this checkout.";
    }
}
