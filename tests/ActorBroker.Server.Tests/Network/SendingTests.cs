using ActorBroker.Harness;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;
using Microsoft.Win32.SafeHandles;

namespace ActorBroker.Server.Tests.Network;

public sealed class SendingTests : IDisposable
{
    private readonly string _path = Path.Combine(Scratch.Create("sending-").FullName, "content");
    private readonly byte[] _content = new byte[8 << 20];
    private readonly SafeFileHandle _file;

    public SendingTests()
    {
        new Random(3).NextBytes(_content);
        File.WriteAllBytes(_path, _content);
        _file = File.OpenHandle(_path);
    }

    public void Dispose()
    {
        _file.Dispose();
        Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);
    }

    [Fact]
    public async Task A_file_range_arrives_whole_at_a_reader_that_takes_it_in_small_pieces()
    {
        await using var server = new TestServer(handlers: new PayloadHandler(() => new FileRange(_file, 1_000, 7 << 20)));
        using var client = await server.ConnectAsync(receiveBufferBytes: 4096);
        await client.SendAsync(TestClient.Fetch(1), TestClient.Echo("after", 2));

        var response = await client.ReceiveAsync<FetchResponse>(version: 4);

        Assert.Equal(_content.AsSpan(1_000, 7 << 20).ToArray(), response.Responses[0].Partitions[0].Records!.ToArray());
        Assert.Equal("after", await client.ReceiveEchoAsync());
    }

    [Fact]
    public async Task Parts_in_files_and_in_memory_keep_their_order()
    {
        RecordsPayload Parts() => new CompositeRecords(
        [
            new FileRange(_file, 0, 10_000),
            new MemoryRecords(_content.AsMemory(10_000, 20_000)),
            new FileRange(_file, 30_000, 1),
            new MemoryRecords(_content.AsMemory(30_001, 10)),
            new CopiedRange(_content.AsMemory(30_011, 9_989)),
        ]);
        await using var server = new TestServer(handlers: new PayloadHandler(Parts));
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Fetch(1));

        var response = await client.ReceiveAsync<FetchResponse>(version: 4);

        Assert.Equal(_content.AsSpan(0, 40_000).ToArray(), response.Responses[0].Partitions[0].Records!.ToArray());
    }

    [Fact]
    public async Task Payloads_are_released_after_sending()
    {
        var payload = new FileRange(_file, 0, 100_000);
        await using var server = new TestServer(handlers: new PayloadHandler(() => payload));
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Fetch(1));

        await client.ReceiveAsync();

        await Eventually.Holds(() => payload.IsReleased, "the payload is released");
    }

    [Fact]
    public async Task Payloads_are_released_when_the_client_goes_away()
    {
        var payload = new FileRange(_file, 0, 8 << 20);
        await using var server = new TestServer(handlers: new PayloadHandler(() => payload));
        using (var client = await server.ConnectAsync(receiveBufferBytes: 4096))
        {
            await client.SendAsync(TestClient.Fetch(1));
            await client.ReceiveExactlyAsync(new byte[100]);
        }

        await Eventually.Holds(() => payload.IsReleased, "the payload is released");
    }

    [Fact]
    public async Task A_file_that_is_too_short_closes_the_connection()
    {
        await using var server = new TestServer(handlers: new PayloadHandler(() => new FileRange(_file, (8 << 20) - 10, 20_000)));
        using var client = await server.ConnectAsync();

        await client.SendAsync(TestClient.Fetch(1));

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync("the file ends");
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_gets_no_more_requests_started()
    {
        var fetch = new PayloadHandler(() => new FileRange(_file, 0, 8 << 20));
        await using var server = new TestServer(handlers: fetch);
        using var client = await server.ConnectAsync(receiveBufferBytes: 4096);

        await client.SendAsync([.. Enumerable.Range(0, 10).Select(TestClient.Fetch)]);

        await Eventually.Holds(() => fetch.Started > 0, "the first has started");
        for (var i = 0; i < 10; i++)
        {
            await client.ReceiveAsync();
            Assert.InRange(fetch.Started, i + 1, i + 3);
        }
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_is_idle_in_the_end()
    {
        var fetch = new PayloadHandler(() => new FileRange(_file, 0, 8 << 20));
        await using var server = new TestServer(handlers: fetch);
        using var client = await server.ConnectAsync(receiveBufferBytes: 4096);
        await client.SendAsync(TestClient.Fetch(1));
        await Eventually.Holds(() => fetch.Started > 0, "the request has started");

        await Eventually.Holds(
            () =>
            {
                server.Time.Advance(TimeSpan.FromMinutes(11));
                return server.Host.ConnectionCount == 0;
            },
            "the connection is closed");
    }

    /// <summary>A range of a file that leaves by sendfile.</summary>
    private sealed class FileRange(SafeFileHandle file, long position, int size) : RecordsPayload
    {
        public bool IsReleased { get; private set; }

        public override int Size => size;

        public override bool TryGetFile([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SafeFileHandle? handle, out long at)
        {
            handle = file;
            at = position;
            return true;
        }

        public override void CopyTo(Span<byte> destination) => RandomAccess.Read(file, destination[..size], position);

        protected override void OnReleased() => IsReleased = true;
    }

    /// <summary>A payload that can only be copied.</summary>
    private sealed class CopiedRange(ReadOnlyMemory<byte> bytes) : RecordsPayload
    {
        public override int Size => bytes.Length;

        public override void CopyTo(Span<byte> destination) => bytes.Span.CopyTo(destination);
    }
}
