namespace ActorBroker.Faults.Machine;

/// <summary>Where nodes live: each has an address, and connections between them may be cut.</summary>
internal abstract class Network : IDisposable
{
    /// <summary>Whether <see cref="Cut"/> works.</summary>
    public abstract bool CanCut { get; }

    /// <summary>The address of node <paramref name="node"/>, from 1.</summary>
    public abstract string AddressOf(int node);

    /// <summary>The program and arguments that a node's command line is put behind, so that it runs at its address.</summary>
    public abstract IReadOnlyList<string> CommandPrefix(int node);

    /// <summary>Silently loses everything that <paramref name="from"/> sends to <paramref name="to"/>. The other direction stays as it is.</summary>
    public abstract void Cut(int from, int to);

    /// <summary>Silently loses everything that a node sends or gets, answers of its operating system included.</summary>
    public abstract void Isolate(int node);

    /// <summary>Undoes every cut.</summary>
    public abstract void Heal();

    /// <summary>Cuts both directions between two groups.</summary>
    public void Split(IReadOnlyCollection<int> one, IReadOnlyCollection<int> other)
    {
        foreach (var left in one)
        {
            foreach (var right in other)
            {
                Cut(left, right);
                Cut(right, left);
            }
        }
    }

    public abstract void Dispose();
}

/// <summary>Addresses 127.0.0.x of this machine: nothing has to be made, and nothing can be cut.</summary>
internal sealed class Loopback : Network
{
    public override bool CanCut => false;

    public override string AddressOf(int node) => $"127.0.1.{node}";

    public override IReadOnlyList<string> CommandPrefix(int node) => [];

    public override void Cut(int from, int to) => throw new NotSupportedException("loopback has no wires to cut");

    public override void Isolate(int node) => throw new NotSupportedException("loopback has no wires to cut");

    public override void Heal()
    {
    }

    public override void Dispose()
    {
    }
}
