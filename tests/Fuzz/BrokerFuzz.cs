using ActorBroker.Harness;

namespace ActorBroker.Fuzz;

/// <summary>
/// Throws mutated requests at a running broker over several connections and checks that it stays alive, goes on answering, keeps its memory bounded and loses no acknowledged
/// record. The seed makes the frames; which of them meet is up to the scheduler.
/// </summary>
internal static class BrokerFuzz
{
    /// <returns>The exit code.</returns>
    public static int Run(Options options)
    {
        var frames = options.Number("frames", 1_000_000);
        var seed = options.Number("seed", Environment.TickCount & 0xffff);
        var report = new CheckReport("fuzz");
        var directory = options.Text("dir", "");
        var temporary = directory.Length == 0 ? directory = Directory.CreateTempSubdirectory("fuzz.").FullName : null;
        var broker = new Launcher(options.Text("launcher", "deploy/local-cluster"), directory, FreePorts.One(), [.. options.Text("set", "").Split(',', StringSplitOptions.RemoveEmptyEntries)]);
        Console.WriteLine($"fuzz     seed {seed}, {frames} frames, log {broker.LogFile}");

        broker.Start();
        BrokerCalls.AwaitMetadata(broker.Address, TimeSpan.FromSeconds(60));
        var watch = new Watch(broker, TimeSpan.FromMilliseconds(options.Number("max-answer-ms", 10_000)));
        watch.Start();
        var corpus = new Corpus(BrokerCalls.Served(broker.Address), new Random(seed));
        Console.WriteLine($"fuzz     {corpus.Count.Served} valid requests of served APIs to start from, {corpus.Count.Others} of others; {broker.ResidentMiB:0} MiB resident");

        var connections = options.Number("connections", 8);
        var attackers = Enumerable.Range(0, connections)
            .Select(i => new Attacker(broker.Address, corpus, (frames / connections) + (i < frames % connections ? 1 : 0), unchecked((seed * 31) + i))).ToList();
        attackers.ForEach(attacker => attacker.Start());
        attackers.ForEach(attacker => attacker.Join());
        watch.Stop();

        var sent = attackers.Sum(attacker => attacker.Sent);
        var byKind = string.Join(", ", Enum.GetValues<Mutation>().Select(kind => $"{kind} {attackers.Sum(attacker => attacker.SentOf(kind))}"));
        report.Add("all frames were sent", sent == frames, $"{sent} frames over {attackers.Sum(attacker => attacker.Connects)} connections, {attackers.Sum(attacker => attacker.Answered)} answered, {attackers.Sum(attacker => attacker.Closed)} connections closed by the broker; {byKind}");
        report.Add("the broker stays alive", broker.IsAlive, broker.IsAlive ? "" : $"process {broker.ProcessId} is gone; see {broker.LogFile}");
        report.Add("it answers Metadata all the time", watch.Problems.Count == 0, watch.Problems.Count == 0 ? $"{watch.Answers} answers, the slowest after {watch.SlowestMs} ms" : string.Join("; ", watch.Problems.Take(5)));
        var limit = options.Number("max-rss-mib", 1024);
        report.Add("its memory is bounded", watch.PeakMiB <= limit, $"at most {watch.PeakMiB:0} MiB resident, {limit} allowed");
        report.Add("no acknowledged record vanishes", watch.Verify(out var verdict), verdict);
        report.Add("nothing in its log is unhandled", BrokerLog.Unhandled(broker.LogFile, out var lines), lines);

        broker.Stop();
        if (temporary is not null && report.ExitCode == 0)
        {
            Directory.Delete(temporary, recursive: true);
        }

        report.Close();
        return report.ExitCode;
    }
}
