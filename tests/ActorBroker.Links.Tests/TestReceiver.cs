using System.Collections.Concurrent;
using ActorBroker.Model;

namespace ActorBroker.Links.Tests;

/// <summary>Remembers what a node heard. Payload is kept until it is let go.</summary>
internal sealed class TestReceiver : ILinkReceiver
{
    private readonly ConcurrentQueue<PushMessage> kept = new();
    private long payloadBytes;
    private long keptBytes;
    private long mostKeptBytes;
    private int rooms;
    private volatile bool letsGo;

    /// <summary>Whether pushes are as <see cref="TestMessages.Contents"/> has them.</summary>
    public bool ChecksContents { get; set; } = true;

    /// <summary>Runs for each message when it has been noted, on the thread that received it.</summary>
    public Action<LinkMessage>? Then { get; set; }

    public ConcurrentQueue<(NodeId From, LinkMessage Message)> Messages { get; } = new();

    public ConcurrentQueue<LinkNews> News { get; } = new();

    /// <summary>All payload that came.</summary>
    public long PayloadBytes => Interlocked.Read(ref payloadBytes);

    /// <summary>The most payload that was kept at one time. Of tests with one connection.</summary>
    public long MostKeptBytes => Interlocked.Read(ref mostKeptBytes);

    public int Rooms => Volatile.Read(ref rooms);

    /// <summary>Pushes whose payload was not what was sent, when it came or when it was let go.</summary>
    public ConcurrentQueue<PushMessage> Damaged { get; } = new();

    /// <summary>Lets go of all payload, also of what comes from here on.</summary>
    public void LetGo()
    {
        letsGo = true;
        LetGo(int.MaxValue);
    }

    /// <summary>Lets go of the payload of so many pushes, the oldest first.</summary>
    public void LetGo(int count)
    {
        for (; count > 0 && kept.TryDequeue(out var push); count--)
        {
            LetGo(push);
        }
    }

    /// <summary>Lets go of payload of more than a kilobyte.</summary>
    public void LetGoLarge()
    {
        for (var left = kept.Count; left > 0 && kept.TryDequeue(out var push); left--)
        {
            if (push.Push.Bytes > 1024)
            {
                LetGo(push);
            }
            else
            {
                kept.Enqueue(push);
            }
        }
    }

    /// <summary>Numbers of the messages of a sender, in the order in which they came.</summary>
    public List<long> Numbers(int sender) =>
        [.. Messages.Where(message => message.Message.Partition.Partition == sender).Select(static message => TestMessages.NumberOf(message.Message))];

    public List<T> Heard<T>()
        where T : LinkNews => [.. News.OfType<T>()];

    public void OnMessage(NodeId from, LinkMessage message)
    {
        if (message is PushMessage { Payload: { } payload } push)
        {
            Check(push);
            Interlocked.Add(ref payloadBytes, payload.Bytes.Length);
            mostKeptBytes = Math.Max(mostKeptBytes, Interlocked.Add(ref keptBytes, payload.Bytes.Length));
            kept.Enqueue(push);
        }

        Messages.Enqueue((from, message));
        if (letsGo)
        {
            LetGo(int.MaxValue);
        }

        Then?.Invoke(message);
    }

    public void OnRoom(NodeId node) => Interlocked.Increment(ref rooms);

    public void OnNews(LinkNews news) => News.Enqueue(news);

    public ILinkRound? NewRound() => null;

    private void LetGo(PushMessage push)
    {
        Check(push);
        Interlocked.Add(ref keptBytes, -push.Push.Bytes);
        push.Payload!.Dispose();
    }

    private void Check(PushMessage push)
    {
        if (ChecksContents && !TestMessages.HasItsContents(push))
        {
            Damaged.Enqueue(push);
        }
    }
}
