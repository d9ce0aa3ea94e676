using ActorBroker.Network;
using System.Buffers.Binary;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Tests.Network;

public sealed class FrameReaderTests : IDisposable
{
    private const int BufferBytes = 256;
    private const int MaxFrameBytes = 5_000;

    private readonly BufferPool _pool = new(BufferBytes, 1 << 20, 1 << 16, poison: true);
    private readonly FrameReader _reader;

    public FrameReaderTests() => _reader = new FrameReader(_pool, MaxFrameBytes);

    public void Dispose()
    {
        _reader.Release();
        Assert.Equal(0, _pool.BuffersInUse);
        _pool.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task Frames_of_all_sizes_are_cut_out_however_they_arrive(int step)
    {
        int[] sizes = [8, 9, 50, 200, 252, 253, 256, 300, 8, 4_999, 5_000, 8, 1_000, 60, 60, 60, 60, 60];
        var stream = sizes.SelectMany((size, index) => Frame(size, (byte)index)).ToArray();

        var frames = await ReceiveAsync(stream, step);

        Assert.Equal(sizes, frames.Select(frame => frame.Length));
        Assert.All(frames, (frame, index) => Assert.All(frame, value => Assert.Equal((byte)index, value)));
    }

    [Fact]
    public async Task Frames_that_are_still_held_are_not_overwritten_by_later_ones()
    {
        var held = new List<Frame>();
        for (byte i = 0; i < 50; i++)
        {
            await FeedAsync(Frame(100, i));
            Assert.True(_reader.TryRead(out var frame));
            held.Add(frame);
        }

        Assert.All(held, (frame, index) => Assert.All(frame.Memory.ToArray(), value => Assert.Equal((byte)index, value)));
        held.ForEach(frame => frame.Release());
    }

    [Theory]
    [InlineData(-1, "-1 bytes")]
    [InlineData(int.MinValue, "-2147483648 bytes")]
    [InlineData(0, "no room for its header")]
    [InlineData(7, "no room for its header")]
    [InlineData(MaxFrameBytes + 1, "socket.request.max.bytes")]
    [InlineData(int.MaxValue, "socket.request.max.bytes")]
    public async Task A_size_that_no_request_has_is_refused(int size, string reason)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, size);
        await FeedAsync(bytes);

        var exception = Assert.Throws<FrameException>(() => _reader.TryRead(out _));

        Assert.Contains(reason, exception.Message);
    }

    [Fact]
    public async Task Without_a_partial_frame_no_memory_is_held()
    {
        await FeedAsync(Frame(20, 1));
        Assert.True(_reader.TryRead(out var frame));
        frame.Release();

        _reader.ReleaseIfEmpty();

        Assert.Equal(0, _pool.BuffersInUse);
    }

    [Fact]
    public async Task The_rest_of_a_large_frame_is_received_into_its_final_place()
    {
        await FeedAsync(Frame(4_000, 1).AsSpan(0, 100).ToArray());
        Assert.False(_reader.TryRead(out _));

        await _reader.PrepareAsync();

        Assert.Equal(4_004 - 100, _reader.Free.Length);
    }

    private static byte[] Frame(int size, byte value)
    {
        var frame = new byte[4 + size];
        BinaryPrimitives.WriteInt32BigEndian(frame, size);
        frame.AsSpan(4).Fill(value);
        return frame;
    }

    private async Task FeedAsync(byte[] bytes)
    {
        var rest = bytes.AsMemory();
        while (rest.Length > 0)
        {
            await _reader.PrepareAsync();
            var count = Math.Min(rest.Length, _reader.Free.Length);
            rest[..count].CopyTo(_reader.Free);
            _reader.Advance(count);
            rest = rest[count..];
        }
    }

    private async Task<List<byte[]>> ReceiveAsync(byte[] stream, int step)
    {
        var frames = new List<byte[]>();
        var rest = stream.AsMemory();
        while (rest.Length > 0)
        {
            await _reader.PrepareAsync();
            var count = Math.Min(Math.Min(step, rest.Length), _reader.Free.Length);
            rest[..count].CopyTo(_reader.Free);
            _reader.Advance(count);
            rest = rest[count..];
            while (_reader.TryRead(out var frame))
            {
                frames.Add(frame.Memory.ToArray());
                frame.Release();
            }
        }

        return frames;
    }
}
