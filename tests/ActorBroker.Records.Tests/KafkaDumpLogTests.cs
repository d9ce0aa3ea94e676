using System.Diagnostics;

namespace ActorBroker.Records.Tests;

/// <summary>Our batches read by Kafka's own dump tool, where the reference installation lies beside the checkout.</summary>
public sealed class KafkaDumpLogTests
{
    [SharedFact("peers/kafka/tool")]
    public async Task Kafkas_dump_log_reads_our_batches_of_every_codec()
    {
        var directory = Directory.CreateTempSubdirectory("records-");
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
            var output = await DumpAsync(Path.Combine(directory.FullName, "00000000000000000000.log"));
            Assert.Equal(10_001, output.Count(line => line.TrimStart().StartsWith("| offset:", StringComparison.Ordinal)));
            Assert.Equal(6, output.Count(line => line.Contains("isvalid: true", StringComparison.Ordinal)));
            Assert.Contains(output, line => line.Contains("endTxnMarker: ABORT coordinatorEpoch: 4", StringComparison.Ordinal));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<string[]> DumpAsync(string segment)
    {
        var start = new ProcessStartInfo(SharedFactAttribute.Find("peers/kafka/tool")!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["dump-log", "--deep-iteration", "--files", segment])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return text.Split('\n');
    }
}

/// <summary>A test that needs a file of ../shared, which lies beside the checkout of those who have it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string path)
    {
        if (Find(path) is null)
            Skip = $"../shared/{path} is not beside this checkout.";
    }

    internal static string? Find(string path)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "ActorBroker.sln")))
            {
                var full = Path.GetFullPath(Path.Combine(directory.FullName, "..", "shared", path));
                return File.Exists(full) ? full : null;
            }
        }
        return null;
    }
}
