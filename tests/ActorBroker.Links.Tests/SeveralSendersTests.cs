using ActorBroker.Harness;

namespace ActorBroker.Links.Tests;

/// <summary>Threads that send at once, also while the link breaks.</summary>
public sealed class SeveralSendersTests
{
    private const int Senders = 4;

    [Fact]
    public async Task Each_senders_messages_arrive_all_and_in_order()
    {
        const int messages = 5_000;
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair(static options => options with { CreditBytes = 1 << 20, QueueBytes = 1L << 30 });
        one.Receiver.LetGo();
        two.Receiver.LetGo();

        await Task.WhenAll(Enumerable.Range(1, Senders).Select(sender => OnThread(() =>
        {
            var (from, to) = sender % 2 == 0 ? (one, two) : (two, one);
            var random = new Random(sender);
            for (var number = 1; number <= messages; number++)
            {
                Assert.True(from.Links.Send(to.Id, Some(nodes, random, sender, number)));
            }
        })));

        for (var sender = 1; sender <= Senders; sender++)
        {
            var to = sender % 2 == 0 ? two : one;
            await to.Gets(sender, messages);
            Assert.Equal(Enumerable.Range(1, messages).Select(static number => (long)number), to.Receiver.Numbers(sender));
        }
    }

    [Fact]
    public async Task Sending_while_the_link_breaks_loses_no_payload_and_no_order()
    {
        const int cuts = 15;
        await using var nodes = new TestNodes();
        var (one, two) = (nodes.Start(1), nodes.Start(2));
        two.Receiver.LetGo();
        using var proxy = new CutProxy(two.Address);
        one.SetPeers((two.Id, proxy.Address));
        await one.Hears<LinkUp>();
        using var stop = new CancellationTokenSource();
        var senders = Enumerable.Range(1, Senders).Select(sender => OnThread(() =>
        {
            var random = new Random(sender);
            for (var number = 1L; !stop.IsCancellationRequested; number++)
            {
                one.Links.Send(two.Id, Some(nodes, random, sender, number));
                if (number % 50 == 0)
                {
                    stop.Token.WaitHandle.WaitOne(1);
                }
            }
        })).ToList();

        for (var cut = 1; cut <= cuts; cut++)
        {
            proxy.Cut();
            await one.Hears<LinkUp>(times: cut + 1);
        }

        await stop.CancelAsync();
        await Task.WhenAll(senders);
        Assert.Empty(one.Receiver.Heard<LinkProcessEnded>());
        for (var sender = 1; sender <= Senders; sender++)
        {
            var numbers = two.Receiver.Numbers(sender);
            Assert.Equal(numbers.Distinct().Order(), numbers);
        }
    }

    private static LinkMessage Some(TestNodes nodes, Random random, int sender, long number) => random.Next(10) switch
    {
        0 => nodes.Push(sender, number, random.Next(50_000)),
        1 or 2 => nodes.Push(sender, number, random.Next(500)),
        _ => TestMessages.Small(sender, number),
    };

    private static Task OnThread(Action work) => Task.Factory.StartNew(work, TaskCreationOptions.LongRunning);
}
