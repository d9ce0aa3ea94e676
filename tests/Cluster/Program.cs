using ActorBroker.Faults;
using ActorBroker.Faults.Brokers;
using ActorBroker.Faults.Runtime;
using ActorBroker.Harness;

// Real processes and real faults: a cluster of actor systems, and of brokers. As `node NAME FILE…` this program is one of those processes.
if (args is ["node", var name, .. var files])
{
    return NodeProgram.Run(name, files);
}

var isShort = args.Contains("--short");
var options = new Options([.. args.Where(argument => argument != "--short")], "only", "rounds", "minutes", "seed");
var minutes = options.Number("minutes", 0);
return new Suite(options, isShort).Run(minutes > 0 ? [BrokerScenarios.Random(TimeSpan.FromMinutes(minutes))] : [.. RuntimeScenarios.All, .. BrokerScenarios.All]);
