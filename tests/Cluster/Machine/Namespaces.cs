namespace ActorBroker.Faults.Machine;

/// <summary>
/// A network namespace for each node, joined by a bridge in a namespace of its own, so that the machine's own firewall and bridges stay out of
/// it. Packets are dropped by rules inside the receiver's namespace: the sender is told nothing, as with a broken switch.
/// </summary>
internal sealed class Namespaces : Network
{
    private const string Prefix = "faults-";
    private const int HostNumber = 254;
    private readonly string _name = $"{Prefix}{Environment.ProcessId}";
    private readonly string _wire = $"f{Environment.ProcessId}";
    private readonly string _subnet = $"10.{200 + (Environment.ProcessId / 250 % 50)}.{Environment.ProcessId % 250}";
    private readonly int _nodes;
    private readonly bool _withHost;

    /// <param name="nodes">How many there are; they have the numbers 1 to this.</param>
    /// <param name="withHost">Whether this process reaches the nodes too, from outside their namespaces.</param>
    public Namespaces(int nodes, bool withHost = false)
    {
        _nodes = nodes;
        _withHost = withHost;
        RemoveLeftovers();
        try
        {
            Build();
        }
        catch (InvalidOperationException)
        {
            Dispose();
            throw;
        }
    }

    public override bool CanCut => true;

    /// <summary>Why there can be no namespaces here, or null if there can.</summary>
    public static string? WhyNot()
    {
        var probe = $"{Prefix}{Environment.ProcessId}-probe";
        try
        {
            Command.Run("ip", "netns", "add", probe);
            Inside(probe, "iptables", "-w", "-A", "INPUT", "-s", "10.0.0.1", "-j", "DROP");
            return null;
        }
        catch (InvalidOperationException error)
        {
            return error.Message;
        }
        finally
        {
            Command.Try("ip", "netns", "del", probe);
        }
    }

    public override string AddressOf(int node) => $"{_subnet}.{node}";

    public override IReadOnlyList<string> CommandPrefix(int node) => ["nsenter", $"--net=/run/netns/{NameOf(node)}"];

    public override void Cut(int from, int to) => Inside(NameOf(to), "iptables", "-w", "-A", "INPUT", "-s", AddressOf(from), "-j", "DROP");

    public override void Isolate(int node)
    {
        Inside(NameOf(node), "iptables", "-w", "-A", "INPUT", "!", "-i", "lo", "-j", "DROP");
        Inside(NameOf(node), "iptables", "-w", "-A", "OUTPUT", "!", "-o", "lo", "-j", "DROP");
    }

    /// <summary>Loses what this process and a node send to each other.</summary>
    public void CutFromHost(int node)
    {
        Inside(NameOf(node), "iptables", "-w", "-A", "INPUT", "-s", AddressOf(HostNumber), "-j", "DROP");
        Inside(NameOf(node), "iptables", "-w", "-A", "OUTPUT", "-d", AddressOf(HostNumber), "-j", "DROP");
    }

    public override void Heal()
    {
        for (var node = 1; node <= _nodes; node++)
        {
            Inside(NameOf(node), "iptables", "-w", "-F");
        }
    }

    public override void Dispose()
    {
        for (var node = 1; node <= _nodes; node++)
        {
            Command.Try("ip", "netns", "del", NameOf(node));
        }

        Command.Try("ip", "netns", "del", _name);
        Command.Try("ip", "link", "del", _wire);
    }

    private static void Inside(string name, params string[] command) => Command.Run("nsenter", [$"--net=/run/netns/{name}", .. command]);

    /// <summary>Namespaces of runs that were killed.</summary>
    private static void RemoveLeftovers()
    {
        foreach (var directory in Directory.Exists("/run/netns") ? Directory.GetFiles("/run/netns", Prefix + "*") : [])
        {
            var name = Path.GetFileName(directory);
            if (!int.TryParse(name.Split('-')[1], out var owner) || !Directory.Exists($"/proc/{owner}"))
            {
                Command.Try("ip", "netns", "del", name);
            }
        }
    }

    private string NameOf(int node) => $"{_name}-{node}";

    private void Build()
    {
        Command.Run("ip", "netns", "add", _name);
        Command.Run("ip", "-n", _name, "link", "add", "br0", "type", "bridge");
        Command.Run("ip", "-n", _name, "link", "set", "br0", "up");
        for (var node = 1; node <= _nodes; node++)
        {
            var name = NameOf(node);
            Command.Run("ip", "netns", "add", name);
            Command.Run("ip", "link", "add", $"{_wire}-{node}", "netns", _name, "type", "veth", "peer", "name", "eth0", "netns", name);
            Command.Run("ip", "-n", _name, "link", "set", $"{_wire}-{node}", "master", "br0", "up");
            Command.Run("ip", "-n", name, "addr", "add", $"{AddressOf(node)}/24", "dev", "eth0");
            Command.Run("ip", "-n", name, "link", "set", "eth0", "up");
            Command.Run("ip", "-n", name, "link", "set", "lo", "up");
        }

        if (_withHost)
        {
            Command.Run("ip", "link", "add", _wire, "type", "veth", "peer", "name", "host", "netns", _name);
            Command.Run("ip", "-n", _name, "link", "set", "host", "master", "br0", "up");
            Command.Run("ip", "addr", "add", $"{AddressOf(HostNumber)}/24", "dev", _wire);
            Command.Run("ip", "link", "set", _wire, "up");
        }
    }
}
