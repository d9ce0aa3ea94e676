using System.Net;
using ActorBroker.Harness;

namespace ActorBroker.Fuzz;

/// <summary>
/// One thread that sends attacks over one connection after another. After each frame it waits a moment for the answer or the end of
/// the connection, so that the broker really reads what is thrown at it; when neither comes (a long poll, acks=0, half a frame) it goes on.
/// </summary>
internal sealed class Attacker(IPEndPoint address, Corpus corpus, int frames, int seed)
{
    private const int FramesPerConnection = 300;
    private const int StallMs = 1_000;
    private const int AnswerWaitMs = 10;
    private static readonly Mutation[] Kinds = Enum.GetValues<Mutation>();
    private readonly Random _random = new(seed);
    private readonly int[] _sentOf = new int[Kinds.Length];
    private readonly byte[] _input = new byte[1 << 16];
    private Thread? _thread;

    public int Sent { get; private set; }

    public int Connects { get; private set; }

    /// <summary>How often the broker answered something.</summary>
    public int Answered { get; private set; }

    /// <summary>How often the broker closed the connection.</summary>
    public int Closed { get; private set; }

    public int SentOf(Mutation kind) => _sentOf[(int)kind];

    public void Start()
    {
        _thread = new Thread(Run) { Name = "attacker", IsBackground = true };
        _thread.Start();
    }

    public void Join() => _thread?.Join();

    private void Run()
    {
        var refused = 0;
        while (Sent < frames && refused < 200)
        {
            try
            {
                using var connection = new WireConnection(address, StallMs);
                Connects++;
                refused = 0;
                Attack(connection);
            }
            catch (IOException)
            {
                refused++; // at its connection limit, or gone: the watch tells which
                Thread.Sleep(10);
            }
        }
    }

    private void Attack(WireConnection connection)
    {
        for (var i = 0; i < FramesPerConnection && Sent < frames; i++)
        {
            // Every third frame is valid: it keeps the broker's state moving.
            var kind = _random.Next(3) == 0 ? Mutation.None : Kinds[_random.Next(Kinds.Length)];
            var frame = Mutator.Apply(kind, corpus.Pick(_random), _random);
            Sent++;
            _sentOf[(int)kind]++;
            try
            {
                Send(connection, kind, frame);
                if (!Listen(connection))
                {
                    Closed++;
                    return;
                }
            }
            catch (IOException)
            {
                Closed++;
                return;
            }

            // After half a frame, half of the time more bytes follow and half of the time the connection ends.
            if (kind is Mutation.Unfinished or Mutation.WrongSize && _random.Next(2) == 0)
            {
                return;
            }
        }
    }

    private void Send(WireConnection connection, Mutation kind, byte[] frame)
    {
        var piece = kind == Mutation.Slow ? _random.Next(1, 24) : frame.Length;
        for (var at = 0; at < frame.Length; at += piece)
        {
            connection.SendRaw(frame.AsSpan(at, Math.Min(piece, frame.Length - at)));
        }
    }

    /// <summary>Takes in what the broker says; false when it closed the connection.</summary>
    private bool Listen(WireConnection connection)
    {
        var wait = AnswerWaitMs;
        while (connection.AwaitInput(wait))
        {
            if (connection.ReceiveSome(_input) == 0)
            {
                return false;
            }

            Answered += wait > 0 ? 1 : 0;
            wait = 0;
        }

        return true;
    }
}
