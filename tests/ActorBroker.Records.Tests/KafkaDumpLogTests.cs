using ActorBroker.Harness;

namespace ActorBroker.Records.Tests;

/// <summary>Our batches read by Kafka's own dump tool, where the reference installation lies beside the checkout.</summary>
public sealed class KafkaDumpLogTests
{
    [SharedFact(KafkaTool.SharedPath)]
    public async Task Kafkas_dump_log_reads_our_batches_of_every_codec()
    {
        var directory = Scratch.Create("records-");
        try
        {
            var offset = 0;
            await using (var segment = File.Create(Path.Combine(directory.FullName, "00000000000000000000.log")))
            {
                foreach (var codec in Enum.GetValues<CompressionCodec>())
                {
                    segment.Write(Batches.Simple(2000, codec, new BatchProperties { BaseOffset = offset, LeaderEpoch = 1 }));
                    offset += 2000;
                }
                segment.Write(new TransactionMarker(false, 4).ToBatch(77, 1, Batches.Now, offset, 1));
            }
            var output = (await KafkaTool.DumpLogAsync(Path.Combine(directory.FullName, "00000000000000000000.log"))).Output.Split('\n');
            Assert.Equal(10_001, output.Count(line => line.TrimStart().StartsWith("| offset:", StringComparison.Ordinal)));
            Assert.Equal(6, output.Count(line => line.Contains("isvalid: true", StringComparison.Ordinal)));
            Assert.Contains(output, line => line.Contains("endTxnMarker: ABORT coordinatorEpoch: 4", StringComparison.Ordinal));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
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
