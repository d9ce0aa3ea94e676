
namespace ActorBroker.Network.Tests;

public sealed class BufferPoolTests
{
    [Fact]
    public async Task At_the_limit_renting_waits_for_a_release()
    {
        using var pool = new BufferPool(1024, limitBytes: 2048, retainedLimitBytes: 4096);
        var first = await pool.RentAsync(1000);
        var second = await pool.RentAsync(1000);

        var third = pool.RentAsync(1000);

        Assert.False(third.IsCompleted);
        first.Release();
        var buffer = await third;
        Assert.Equal(2048, pool.UsedBytes);
        second.Release();
        buffer.Release();
        Assert.Equal(0, pool.BuffersInUse);
    }

    [Fact]
    public async Task Those_who_wait_are_served_in_turn()
    {
        using var pool = new BufferPool(1024, limitBytes: 4096, retainedLimitBytes: 4096);
        var all = await pool.RentAsync(4096);
        var large = pool.RentAsync(4096);
        var small = pool.RentAsync(10);

        all.Release();
        var second = await large;

        Assert.False(small.IsCompleted);
        second.Release();
        (await small).Release();
    }

    [Fact]
    public async Task One_request_above_the_limit_is_let_in_when_no_other_large_one_is_in_use()
    {
        using var pool = new BufferPool(1024, limitBytes: 2048, retainedLimitBytes: 0);
        var small = await pool.RentAsync(1);

        var large = await pool.RentAsync(10_000);
        var next = pool.RentAsync(10_000);

        Assert.False(next.IsCompleted);
        large.Release();
        (await next).Release();
        small.Release();
    }

    [Fact]
    public async Task Trimming_frees_what_was_not_needed_since_the_last_time()
    {
        using var pool = new BufferPool(1024, 1 << 20, 1 << 20);
        var buffers = new[] { await pool.RentAsync(1), await pool.RentAsync(1), await pool.RentAsync(1) };
        Array.ForEach(buffers, buffer => buffer.Release());
        pool.Trim();
        Assert.Equal(3 * 1024, pool.RetainedBytes);
        (await pool.RentAsync(1)).Release();

        pool.Trim();

        Assert.Equal(1024, pool.RetainedBytes);
    }

    [Fact]
    public async Task No_more_than_the_bound_is_retained()
    {
        using var pool = new BufferPool(1024, 1 << 20, retainedLimitBytes: 1024);
        var first = await pool.RentAsync(1);
        var second = await pool.RentAsync(1);

        first.Release();
        second.Release();

        Assert.Equal(1024, pool.RetainedBytes);
    }

    [Fact]
    public async Task Use_after_the_last_release_is_an_error()
    {
        using var pool = new BufferPool(1024, 1 << 20, 1 << 20);
        var buffer = await pool.RentAsync(1);
        var slice = buffer.Memory[..10];
        buffer.Release();

        Assert.Throws<ObjectDisposedException>(() => slice.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => buffer.Release());
    }
}
