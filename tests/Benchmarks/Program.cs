using ActorBroker.Benchmarks;

// One verb for each file; each prints its own table. Run: dotnet run -c Release --project tests/Benchmarks -- VERB
return args switch
{
    ["actors", ..] => ActorsBenchmark.Run(),
    ["cluster", ..] => ClusterBenchmark.Run(),
    ["cluster-member", .. var ports] => ClusterBenchmark.RunMember(ports),
    ["singleton", ..] => SingletonBenchmark.Run(),
    ["singleton-peer", .. var ports] => SingletonBenchmark.RunPeer(ports),
    ["links", ..] => LinksBenchmark.Run(),
    ["links-peer", ..] => LinksBenchmark.RunPeer(),
    ["records", ..] => RecordsBenchmark.Run(),
    ["codecs", .. var rest] => CodecsBenchmark.Run(rest),
    ["replication", .. var rest] => ReplicationBenchmark.Run(rest.FirstOrDefault()),
    ["storage", .. var rest] => StorageBenchmark.Run(rest.FirstOrDefault()),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Benchmarks actors | cluster | singleton | links | records | codecs [managed] [NAME] | storage [DIR] | replication [DIR]");
    return 2;
}
