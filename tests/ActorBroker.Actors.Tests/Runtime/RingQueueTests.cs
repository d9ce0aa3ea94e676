using ActorBroker.Actors.Runtime;
using Akka.Actor;
using Akka.Configuration;

namespace ActorBroker.Actors.Tests.Runtime;

public sealed class RingQueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(100_000)]
    public void Messages_come_out_in_the_order_in_which_they_went_in(int count)
    {
        var queue = new RingQueue();

        for (var i = 0; i < count; i++)
        {
            queue.Enqueue(ActorRefs.Nobody, new Envelope(i, ActorRefs.Nobody));
        }

        Assert.Equal(count, queue.Count);
        Assert.Equal(Enumerable.Range(0, count), TakeAll(queue));
        Assert.False(queue.HasMessages);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Each_of_many_producers_keeps_its_order()
    {
        const int producers = 4;
        const int each = 200_000;
        var queue = new RingQueue();
        var threads = Enumerable.Range(0, producers).Select(producer => new Thread(() =>
        {
            for (var i = 0; i < each; i++)
            {
                queue.Enqueue(ActorRefs.Nobody, new Envelope((producer, i), ActorRefs.Nobody));
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());

        var next = new int[producers];
        for (var taken = 0; taken < producers * each;)
        {
            if (!queue.TryDequeue(out var envelope))
            {
                Thread.Yield();
                continue;
            }

            var (producer, number) = ((int, int))envelope.Message;
            Assert.Equal(next[producer]++, number);
            taken++;
        }

        threads.ForEach(thread => thread.Join());
        Assert.False(queue.HasMessages);
    }

    [Fact]
    public void The_memory_of_a_burst_is_given_back_when_the_queue_is_quiet()
    {
        var queue = new RingQueue();
        for (var burst = 0; burst < 3; burst++)
        {
            for (var i = 0; i < 10_000; i++)
            {
                queue.Enqueue(ActorRefs.Nobody, new Envelope(i, ActorRefs.Nobody));
            }

            Assert.Equal(10_000, TakeAll(queue).Count);
        }

        for (var i = 0; i < 200; i++)
        {
            queue.Enqueue(ActorRefs.Nobody, new Envelope(i, ActorRefs.Nobody));
            Assert.Equal([i], TakeAll(queue));
        }

        Assert.InRange(queue.Capacity, 1, 64);
    }

    [Fact]
    public void An_actor_that_asks_for_nothing_else_has_it()
    {
        using var system = ActorSystem.Create("ring", ConfigurationFactory.ParseString(RingMailbox.Hocon + "\nakka.stdout-loglevel = OFF\nakka.loglevel = OFF"));

        Assert.IsType<RingMailbox>(system.Mailboxes.GetMailboxType(Props.Empty, null));
    }

    private static List<int> TakeAll(RingQueue queue)
    {
        var all = new List<int>();
        while (queue.TryDequeue(out var envelope))
        {
            all.Add((int)envelope.Message);
        }

        return all;
    }
}
