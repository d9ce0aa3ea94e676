using ActorBroker.Fuzz;
using ActorBroker.Fuzz.Nodes;
using ActorBroker.Harness;

// Hostile bytes at a port for clients, or at one between nodes.
var options = new Options(args, "target", "frames", "seed", "connections", "launcher", "dir", "port", "max-rss-mib", "max-answer-ms", "set");
switch (options.Text("target", "broker"))
{
    case "broker":
        return BrokerFuzz.Run(options);
    case ("cluster" or "link") and var target:
        return NodeFuzz.Run(target, options);
    default:
        Console.Error.WriteLine("fuzz: the targets are broker, cluster and link");
        return 2;
}
