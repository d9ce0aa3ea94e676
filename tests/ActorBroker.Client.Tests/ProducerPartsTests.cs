using System.Text;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Records;

namespace ActorBroker.Client.Tests;

public sealed class ProducerPartsTests
{
    private static readonly ProducerOptions Options = new() { BootstrapServers = "nowhere:1", BatchSizeBytes = 200, LingerMs = 10 };

    [Theory]
    [InlineData("k1", 1684045097)]
    [InlineData("21", 1173551340)]
    [InlineData("foobar", 1357151166)]
    public void Keys_hash_as_in_Kafkas_clients(string key, int expected) =>
        Assert.Equal(expected, (int)(Murmur2.Hash(Encoding.UTF8.GetBytes(key)) & 0x7fffffff));

    [Theory]
    [InlineData("host", "host", 9092)]
    [InlineData("host:1", "host", 1)]
    [InlineData("[::1]:9093", "::1", 9093)]
    [InlineData("::1", "::1", 9092)]
    public void Addresses_are_read(string text, string host, int port) => Assert.Equal((host, port), (BrokerAddress.Parse(text, -1).Host, BrokerAddress.Parse(text, -1).Port));

    [Theory]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:x")]
    [InlineData(":9092")]
    public void Bad_addresses_are_refused(string text) => Assert.Throws<FormatException>(() => BrokerAddress.Parse(text, -1));

    [Fact]
    public void A_batch_lingers_unless_it_is_full()
    {
        var queue = Queue();
        Append(queue, 1, now: 100);
        var wakeAt = 1000L;

        Assert.Null(queue.TryTake(100, false, int.MaxValue, ProducerIdentity.None, ref wakeAt));
        Assert.Equal(110, wakeAt);
        Assert.NotNull(queue.TryTake(110, false, int.MaxValue, ProducerIdentity.None, ref wakeAt));
        Append(queue, 10, now: 111);
        Assert.NotNull(queue.TryTake(111, false, int.MaxValue, ProducerIdentity.None, ref wakeAt));
    }

    [Fact]
    public void Sequences_follow_the_records_and_stay_through_a_retry()
    {
        var queue = Queue();
        var identity = new ProducerIdentity(7, 0, 1);
        var batches = TakeThree(queue, identity);
        Assert.Equal([1, 1 + batches[0].Count, 1 + batches[0].Count + batches[1].Count], batches.Select(batch => batch.BaseSequence));

        queue.Retry(batches[1], 0);
        queue.Retry(batches[0], 0);
        Assert.True(queue.HasOlder(batches[2]));
        Assert.Null(Take(queue, identity));
        queue.Complete(batches[2]);

        var again = Take(queue, identity);
        Assert.Same(batches[0], again);
        Assert.Equal(1, again!.BaseSequence);
        Assert.Null(Take(queue, identity));
        queue.Complete(again);
        Assert.Same(batches[1], Take(queue, identity));
    }

    [Fact]
    public void Nothing_overtakes_the_first_batch_of_an_identity()
    {
        var queue = Queue();
        var identity = new ProducerIdentity(7, 0, 1);
        Append(queue, 18, now: 0);
        var first = Take(queue, identity)!;

        Assert.Null(Take(queue, identity));
        queue.Complete(first, isStored: true);
        Assert.NotNull(Take(queue, identity));
        Assert.NotNull(Take(queue, identity));
    }

    [Fact]
    public void A_new_identity_starts_its_sequences_anew()
    {
        var queue = Queue();
        var batches = TakeThree(queue, new ProducerIdentity(7, 0, 1));
        queue.Complete(batches[0]);
        queue.Retry(batches[1], 0);
        queue.Retry(batches[2], 0);

        var again = Take(queue, new ProducerIdentity(8, 0, 2))!;

        Assert.Same(batches[1], again);
        Assert.Equal(0, again.BaseSequence);
        Assert.True(again.TryGetMemory(out var bytes));
        Assert.True(RecordBatchView.TryRead(bytes.Span, out var view, out _));
        Assert.Equal(8, view.ProducerId);
        Assert.True(view.IsCrcValid);
    }

    [Fact]
    public void Expired_batches_are_given_up()
    {
        var queue = Queue();
        Append(queue, 1, now: 0);

        Assert.Empty(queue.TakeExpired(Options.DeliveryTimeoutMs - 1));
        Assert.Single(queue.TakeExpired(Options.DeliveryTimeoutMs));
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public async Task A_full_buffer_makes_producers_wait_in_turn()
    {
        var memory = new BufferMemory(100);
        await memory.ReserveAsync(80, 0, CancellationToken.None);
        var large = memory.ReserveAsync(90, 10_000, CancellationToken.None).AsTask();
        var small = memory.ReserveAsync(10, 10_000, CancellationToken.None).AsTask();
        Assert.True(memory.IsExhausted);
        Assert.False(large.IsCompleted || small.IsCompleted);

        memory.Release(80);
        await large;
        await small;

        Assert.False(memory.IsExhausted);
        await Assert.ThrowsAsync<KafkaException>(async () => await memory.ReserveAsync(1, 1, CancellationToken.None));
        Assert.Equal(ErrorCode.MessageTooLarge, (await Assert.ThrowsAsync<KafkaException>(async () => await memory.ReserveAsync(101, 1, CancellationToken.None))).Error);
    }

    [Fact]
    public async Task A_cluster_out_of_reach_is_a_network_error()
    {
        await using var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = "127.0.0.1:1", ApiTimeoutMs = 300, ReconnectBackoffMs = 1 });

        var problem = await Assert.ThrowsAsync<KafkaException>(() => admin.DescribeClusterAsync());

        Assert.Equal(ErrorCode.NetworkException, problem.Error);
    }

    private static PartitionQueue Queue() => new(new TopicPartition("t", 0), Options);

    private static List<ProducerBatch> TakeThree(PartitionQueue queue, ProducerIdentity identity)
    {
        Append(queue, 1, now: 0);
        queue.Complete(Take(queue, identity)!, isStored: true);
        Append(queue, 18, now: 0);
        return [Take(queue, identity)!, Take(queue, identity)!, Take(queue, identity)!];
    }

    private static ProducerBatch? Take(PartitionQueue queue, ProducerIdentity identity)
    {
        var wakeAt = long.MaxValue;
        return queue.TryTake(1000, hurry: true, int.MaxValue, identity, ref wakeAt);
    }

    private static void Append(PartitionQueue queue, int count, long now)
    {
        for (var i = 0; i < count; i++)
        {
            queue.Append(new ProducerRecord("t", null, new string('v', 10)), 40, new Delivery(null, null, 0), now);
        }
    }
}
