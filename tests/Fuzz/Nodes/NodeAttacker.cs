using System.Net;
using ActorBroker.Harness;

namespace ActorBroker.Fuzz.Nodes;

/// <summary>
/// One thread that attacks a port between nodes over one connection after another, as three kinds of people: a stranger with one frame, a stranger that says much at once, and
/// somebody who knows the cookie and sends what nodes do not send. Strangers come from an address of their own, as they would.
/// </summary>
internal sealed class NodeAttacker(IPEndPoint address, INodeProtocol protocol, int frames, int seed, int number)
{
    private const int FramesAtOnce = 50;
    private const int FramesInside = 300;
    private const int StallMs = 5_000;
    private const int AnswerWaitMs = 10;
    private const int MaxRefused = 300;
    private static readonly Mutation[] Kinds = Enum.GetValues<Mutation>();

    private readonly Random random = new(seed);
    private readonly IPAddress from = new([127, 0, 1, (byte)(10 + number)]);
    private readonly byte[] input = new byte[1 << 16];
    private Thread? thread;

    public int Sent { get; private set; }

    /// <summary>Frames of those who had said the cookie.</summary>
    public int SentInside { get; private set; }

    public int Connects { get; private set; }

    /// <summary>How often the node let somebody in who knows the cookie.</summary>
    public int Entered { get; private set; }

    /// <summary>How often it answered somebody inside.</summary>
    public int AnsweredInside { get; private set; }

    /// <summary>How often it answered a stranger.</summary>
    public int AnsweredOutside { get; private set; }

    public void Start()
    {
        thread = new Thread(Run) { Name = "node attacker", IsBackground = true };
        thread.Start();
    }

    public void Join() => thread?.Join();

    private void Run()
    {
        for (var refused = 0; Sent < frames && refused < MaxRefused;)
        {
            var before = Sent;
            try
            {
                using var connection = new WireConnection(address, StallMs, from);
                Connects++;
                Attack(connection);
            }
            catch (IOException)
            {
                // It closed the connection: what it does with most of these.
            }

            refused = Sent > before ? 0 : refused + 1;
            if (refused > 0)
            {
                Thread.Sleep(10); // all its seats are taken, or it is gone: the watch tells which
            }
        }
    }

    private void Attack(WireConnection connection)
    {
        switch (random.Next(8))
        {
            case < 5:
                Say(connection, Mutated(protocol.Greetings, out _), 1);
                AnsweredOutside += Listen(connection) ? 1 : 0;
                break;
            case 5:
                var count = Math.Min(FramesAtOnce, frames - Sent);
                Say(connection, [.. Enumerable.Range(0, count).SelectMany(_ => Mutated(protocol.Greetings, out var _))], count);
                AnsweredOutside += Listen(connection) ? 1 : 0;
                break;
            default:
                Inside(connection);
                break;
        }
    }

    private void Inside(WireConnection connection)
    {
        if (!protocol.Enter(connection))
        {
            return;
        }

        Entered++;
        if (random.Next(4) > 0)
        {
            connection.SendRaw(protocol.Opening(random));
        }

        var kind = Mutation.None;
        for (var i = 0; i < FramesInside && Sent < frames && kind is not (Mutation.Unfinished or Mutation.WrongSize); i++)
        {
            SentInside++;
            Say(connection, Mutated(protocol.Messages, out kind), 1);
            AnsweredInside += Listen(connection, i < 3 ? AnswerWaitMs : 0) ? 1 : 0;
        }
    }

    private byte[] Mutated(IReadOnlyList<byte[]> valid, out Mutation kind)
    {
        kind = random.Next(3) == 0 ? Mutation.None : Kinds[random.Next(Kinds.Length)];
        return Mutator.Apply(kind, FrameShape.Nodes, valid[random.Next(valid.Count)], random);
    }

    private void Say(WireConnection connection, byte[] bytes, int count)
    {
        Sent += count;
        connection.SendRaw(bytes);
    }

    /// <summary>Takes in what the node says; false when that is nothing.</summary>
    /// <exception cref="IOException">It has closed the connection.</exception>
    private bool Listen(WireConnection connection, int waitMs = AnswerWaitMs)
    {
        var answered = false;
        while (connection.AwaitInput(answered ? 0 : waitMs))
        {
            if (connection.ReceiveSome(input) == 0)
            {
                return answered ? true : throw new IOException("the node closed the connection");
            }

            answered = true;
        }

        return answered;
    }
}
