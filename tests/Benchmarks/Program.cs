using ActorBroker.Benchmarks;

// One verb for each file; each prints its own table. Run: dotnet run -c Release --project tests/Benchmarks -- VERB
return args switch
{
    ["actors", ..] => ActorsBenchmark.Run(),
    ["remoting", ..] => RemotingBenchmark.Run(),
    ["remoting-peer", ..] => RemotingBenchmark.RunPeer(),
    ["records", ..] => RecordsBenchmark.Run(),
    ["replication", .. var rest] => ReplicationBenchmark.Run(rest.FirstOrDefault()),
    ["storage", .. var rest] => StorageBenchmark.Run(rest.FirstOrDefault()),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Benchmarks actors | remoting | records | storage [DIR] | replication [DIR]");
    return 2;
}
