using System.Diagnostics;

namespace ActorBroker.Harness;

/// <summary>Apache Kafka's own tools, where the reference installation lies beside the checkout.</summary>
public static class KafkaTool
{
    /// <summary>Where <see cref="Checkout.FindShared"/> finds them.</summary>
    public const string SharedPath = "peers/kafka/tool";

    /// <summary>Runs kafka-dump-log over files of a log, records included.</summary>
    /// <exception cref="InvalidOperationException">It fails; the message is all that it said.</exception>
    public static async Task<(string Output, string Errors)> DumpLogAsync(params string[] files)
    {
        var start = new ProcessStartInfo(Checkout.FindShared(SharedPath)!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["dump-log", "--deep-iteration", "--files", string.Join(',', files)])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? (output, await errors) : throw new InvalidOperationException(output + await errors);
    }
}
