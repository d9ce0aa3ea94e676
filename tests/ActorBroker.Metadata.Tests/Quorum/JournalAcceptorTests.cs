using System.Collections.Immutable;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests.Quorum;

/// <summary>What an acceptor must never say.</summary>
public sealed class JournalAcceptorTests
{
    private static readonly JournalReplica Self = new(new NodeId(2), Guid.NewGuid());

    private readonly JournalAcceptor acceptor = new(Self, default, JournalOutline.Empty);

    [Fact]
    public void A_batch_is_acknowledged_only_when_it_is_flushed()
    {
        var token = Write(epoch: 1, at: 0);

        Assert.Equal([new Accepted(Self, new(1), new(1))], Replies(acceptor.OnFlushed(token)));
    }

    [Fact]
    public void A_promise_takes_back_the_acknowledgements_of_older_epochs()
    {
        var token = Write(epoch: 1, at: 0);
        acceptor.Step(new Prepare(new(2), new ProposerId(new(3), Guid.NewGuid())));

        Assert.Empty(acceptor.OnFlushed(token));
    }

    [Fact]
    public void A_newer_controllers_batch_takes_back_the_acknowledgements_of_older_epochs()
    {
        var older = Write(epoch: 1, at: 0);
        var newer = Write(epoch: 2, at: 0);

        Assert.Empty(acceptor.OnFlushed(older));
        Assert.Equal([new Accepted(Self, new(2), new(1))], Replies(acceptor.OnFlushed(newer)));
    }

    [Fact]
    public void A_promise_is_stored_before_it_is_given()
    {
        var effects = acceptor.Step(new Prepare(new(1), new ProposerId(new(3), Guid.NewGuid())));

        Assert.IsType<StorePromise>(effects[0]);
        Assert.IsType<Promise>(Assert.IsType<ReplyToProposer>(effects[1]).Reply);
    }

    [Fact]
    public void An_epoch_is_promised_to_one_proposer_only()
    {
        acceptor.Step(new Prepare(new(1), new ProposerId(new(1), Guid.NewGuid())));

        var other = acceptor.Step(new Prepare(new(1), new ProposerId(new(3), Guid.NewGuid())));

        Assert.Equal([new Refused(Self, new(1), new(1))], Replies(other));
    }

    [Fact]
    public void What_is_committed_is_never_cut()
    {
        Write(epoch: 1, at: 0);
        acceptor.Step(new Append(new(1), acceptor.Outline.End, [], new(1)));

        Assert.Throws<InvalidOperationException>(() => Write(epoch: 2, at: 0));
    }

    /// <summary>One batch of one record; the token of its flush.</summary>
    private long Write(int epoch, long at)
    {
        var batch = new JournalBatch(new(epoch), new(at), 1);
        var effects = acceptor.Step(new Append(new(epoch), JournalPosition.Beginning, [batch], Offset.Zero));
        Assert.Empty(Replies(effects));
        return effects.OfType<FlushJournal>().Single().Token;
    }

    private static IEnumerable<JournalReply> Replies(ImmutableArray<AcceptorEffect> effects) => effects.OfType<ReplyToProposer>().Select(effect => effect.Reply);
}
