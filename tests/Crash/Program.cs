using System.Diagnostics;
using ActorBroker.Crash;
using ActorBroker.Harness;

// Produces under load, kills the broker with signal 9 at random moments, restarts it, and checks that nothing acknowledged is
// missing, nothing is there twice, and each partition keeps its order. Half of the producers use acks=1, half acks=all. With --moves the
// partitions are on their way between two data directories meanwhile.
const string topic = "crash";
var withMoves = args.Contains("--moves");
var options = new Options([.. args.Where(arg => arg != "--moves")], "cycles", "seed", "partitions", "producers", "flush", "launcher", "dir");
var cycles = options.Number("cycles", 200);
var seed = options.Number("seed", Environment.TickCount & 0xffff);
var partitions = options.Number("partitions", 6);
var random = new Random(seed);
var report = new CheckReport("crash");
var directory = options.Text("dir", "");
var temporary = directory.Length == 0 ? directory = Directory.CreateTempSubdirectory("crash.").FullName : null;
var moves = withMoves ? new Moves(directory, topic, partitions, random) : null;
var broker = new Launcher(options.Text("launcher", "deploy/local-cluster"), directory, FreePorts.One(), moves?.Settings ?? []);
Console.WriteLine($"crash    seed {seed}, {cycles} cycles, log {broker.LogFile}");

broker.Start();
BrokerCalls.AwaitMetadata(broker.Address, TimeSpan.FromSeconds(60));
var settings = new Dictionary<string, string> { ["segment.bytes"] = "4194304", ["retention.ms"] = "-1", ["retention.bytes"] = "-1" };
if (options.Text("flush", "") is { Length: > 0 } mode)
{
    settings["flush.mode"] = mode;
}

BrokerCalls.CreateTopic(broker.Address, topic, partitions, settings);
var producers = Enumerable.Range(0, options.Number("producers", 4))
    .Select(i => new Producer(i, broker.Address, topic, partitions, acks: (short)(i % 2 == 0 ? 1 : -1), random.Next())).ToList();
var history = new History(topic, partitions, producers);
var recovery = new RecoveryLog(broker.LogFile);
foreach (var producer in producers)
{
    producer.Start();
}

for (var cycle = 1; cycle <= cycles; cycle++)
{
    report.Add($"cycle {cycle} of {cycles}", RunCycle(out var detail), detail);
}

foreach (var producer in producers)
{
    producer.Stop();
}

if (moves is not null)
{
    var ended = Moves.Ended(broker.LogFile);
    report.Add("moves were interrupted, and ended", moves.Interrupted > 0 && ended > 0, $"{moves.Interrupted} interrupted, {ended} ended");
}

foreach (var (check, problems, detail) in history.Judge(broker.Address))
{
    report.Add(check, problems.Count == 0, problems.Count == 0 ? detail : string.Join("; ", problems.Take(5)));
}

broker.Stop();
if (temporary is not null && report.ExitCode == 0)
{
    Directory.Delete(temporary, recursive: true); // after a failure it stays for a look at the log and the segments
}

report.Close();
return report.ExitCode;

bool RunCycle(out string detail)
{
    var clock = Stopwatch.StartNew();
    var before = Acknowledged();
    var uptime = TimeSpan.FromMilliseconds(random.Next(20, 400));
    moves?.Ask(broker.Address);
    while (clock.Elapsed < uptime || !producers.TrueForAll(producer => producer.AcknowledgedSinceConnect > 0))
    {
        if (producers.Find(producer => producer.Failure is not null) is { } failed)
        {
            detail = failed.Failure!;
            return false;
        }

        if (clock.Elapsed > TimeSpan.FromSeconds(60) || !broker.IsAlive)
        {
            detail = broker.IsAlive ? "not every producer got an acknowledgement within 60 s" : "the broker ended by itself";
            return false;
        }

        Thread.Sleep(1); // the load runs meanwhile; this is the time until the kill, not a wait for something
    }

    broker.Kill();
    var torn = moves is not null ? moves.Left() : random.Next(3) == 0 ? TornTail.Append(broker.DataDirectory, topic, random) : "";
    recovery.SkipToEnd();
    broker.Restart();
    var back = BrokerCalls.AwaitMetadata(broker.Address, TimeSpan.FromSeconds(60));
    detail = $"{Acknowledged() - before,6} acknowledged in {clock.ElapsedMilliseconds,5} ms, back after {back.TotalSeconds:0.00} s{torn}{recovery.Said()}";
    return true;
}

long Acknowledged() => producers.Sum(producer => producer.Acknowledged);
