using ActorBroker.Network;
using System.Buffers;
using System.Runtime.CompilerServices;
using ActorBroker.Protocol;

namespace ActorBroker.Server.Network;

/// <summary>Puts finished responses on the wire: small parts of several responses together, large ones and files from where they are.</summary>
internal sealed class ResponseSender(IByteTransport transport)
{
    /// <summary>Parts of at least this size are not copied together with others.</summary>
    private const int DirectBytes = 8 * 1024;

    private const int GatherBytes = 16 * 1024;

    private readonly List<FrameSegment> _segments = [];
    private byte[] _gathered = [];
    private int _gatheredBytes;

    /// <summary>Sends the first <paramref name="count"/> responses; the result is the number of bytes.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<long> SendAsync(RequestContext?[] batch, int count)
    {
        if (count == 1 && batch[0]!.Response is { IsContiguous: true } only)
        {
            await transport.SendAsync(only.WrittenMemory, moreFollows: false).ConfigureAwait(false);
            return only.Length;
        }

        var total = 0L;
        try
        {
            for (var i = 0; i < count; i++)
            {
                batch[i]!.Response?.CopySegmentsTo(_segments);
            }

            for (var i = 0; i < _segments.Count; i++)
            {
                total += _segments[i].Size;
                var sending = SendSegmentAsync(_segments[i], moreFollows: i + 1 < _segments.Count);
                if (!sending.IsCompletedSuccessfully)
                {
                    await sending.ConfigureAwait(false);
                }
            }

            await SendGatheredAsync(moreFollows: false).ConfigureAwait(false);
        }
        finally
        {
            _segments.Clear();
            _gatheredBytes = 0;
            if (_gathered.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_gathered);
                _gathered = [];
            }
        }

        return total;
    }

    private ValueTask SendSegmentAsync(in FrameSegment segment, bool moreFollows)
    {
        if (segment.Payload is null && segment.Size < DirectBytes && TryGather(segment.Memory.Span))
        {
            return default;
        }

        return SendDirectAsync(segment, moreFollows);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendDirectAsync(FrameSegment segment, bool moreFollows)
    {
        await SendGatheredAsync(moreFollows: true).ConfigureAwait(false);
        if (segment.Payload is not { } payload)
        {
            if (segment.Size < DirectBytes)
            {
                TryGather(segment.Memory.Span);
            }
            else
            {
                await transport.SendAsync(segment.Memory, moreFollows).ConfigureAwait(false);
            }
        }
        else if (payload.TryGetFile(out var file, out var position))
        {
            await transport.SendFileAsync(file, position, payload.Size, moreFollows).ConfigureAwait(false);
        }
        else
        {
            await SendCopyAsync(payload, moreFollows).ConfigureAwait(false);
        }
    }

    /// <summary>For payloads that are neither in memory nor in a file: made on demand, such as down-converted ones.</summary>
    private async ValueTask SendCopyAsync(RecordsPayload payload, bool moreFollows)
    {
        var copy = ArrayPool<byte>.Shared.Rent(payload.Size);
        try
        {
            payload.CopyTo(copy);
            await transport.SendAsync(copy.AsMemory(0, payload.Size), moreFollows).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private bool TryGather(ReadOnlySpan<byte> bytes)
    {
        if (_gathered.Length == 0)
        {
            _gathered = ArrayPool<byte>.Shared.Rent(GatherBytes);
        }

        if (bytes.Length > _gathered.Length - _gatheredBytes)
        {
            return false;
        }

        bytes.CopyTo(_gathered.AsSpan(_gatheredBytes));
        _gatheredBytes += bytes.Length;
        return true;
    }

    private ValueTask SendGatheredAsync(bool moreFollows)
    {
        var bytes = _gatheredBytes;
        _gatheredBytes = 0;
        return bytes == 0 ? default : transport.SendAsync(_gathered.AsMemory(0, bytes), moreFollows);
    }
}
