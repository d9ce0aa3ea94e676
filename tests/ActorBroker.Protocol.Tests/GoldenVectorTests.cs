using ActorBroker.Protocol.GroupRecords;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol.TransactionRecords;

namespace ActorBroker.Protocol.Tests;

/// <summary>Bytes made by Apache Kafka's own classes.</summary>
public sealed class GoldenVectorTests
{
    private static readonly (string Name, byte[] Bytes, string Contents)[] Vectors =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Vectors", "golden-vectors.tsv"))
            .Skip(1)
            .Select(line => line.Split('\t'))
            .Select(cells => (cells[0], Convert.FromHexString(cells[1]), cells[2]))];

    [Fact]
    public void Variable_length_numbers_match()
    {
        foreach (var (_, bytes, contents) in Vectors.Where(vector => vector.Name == "uvarint"))
        {
            var value = uint.Parse(contents.Split(' ')[^1]);
            var reader = new ProtocolReader(bytes);
            using var writer = new ProtocolWriter();
            writer.WriteUVarint(value);

            Assert.Equal(value, reader.ReadUVarint());
            Assert.Equal(bytes, writer.ToArray());
        }
    }

    [Theory]
    [InlineData("request-apiversions-v0")]
    [InlineData("request-apiversions-v3")]
    [InlineData("request-metadata-v1-none")]
    [InlineData("request-metadata-v12-all")]
    [InlineData("request-findcoordinator-v4")]
    public void Requests_with_their_headers_match(string name)
    {
        var bytes = Find(name);
        var reader = new ProtocolReader(bytes);

        var prelude = ProtocolFrames.ReadRequestHeader(ref reader);
        var request = ApiCatalog.CreateRequest(prelude.ApiKey);
        request.Read(ref reader, prelude.Version);
        reader.EndMessage();

        using var writer = new ProtocolWriter();
        ProtocolFrames.WriteRequest(writer, request, prelude.Version, prelude.CorrelationId, prelude.ClientId);
        Assert.Equal(bytes, writer.ToArray()[4..]);
    }

    [Theory]
    [InlineData("response-apiversions-v3", ApiKey.ApiVersions, 3)]
    [InlineData("response-heartbeat-v4", ApiKey.Heartbeat, 4)]
    public void Responses_with_their_headers_match(string name, ApiKey key, short version)
    {
        var bytes = Find(name);
        var reader = new ProtocolReader(bytes);

        var correlationId = ProtocolFrames.ReadResponseHeader(ref reader, key, version);
        var response = ApiCatalog.CreateResponse(key);
        response.Read(ref reader, version);
        reader.EndMessage();

        using var writer = new ProtocolWriter();
        ProtocolFrames.WriteResponse(writer, response, version, correlationId);
        Assert.Equal(bytes, writer.ToArray()[4..]);
    }

    [Fact]
    public void Records_of_the_internal_topics_match()
    {
        VersionedRecord("offset-commit-key", new OffsetCommitKey());
        VersionedRecord("offset-commit-value", new OffsetCommitValue());
        VersionedRecord("group-metadata-key", new GroupMetadataKey());
        VersionedRecord("txn-log-key", new TransactionLogKey());
        VersionedRecord("txn-log-value", new TransactionLogValue());
    }

    private static void VersionedRecord(string name, IMessage record)
    {
        var bytes = Find(name);
        var reader = new ProtocolReader(bytes);
        var version = reader.ReadInt16();
        record.Read(ref reader, version);
        reader.EndMessage();

        using var writer = new ProtocolWriter();
        writer.WriteInt16(version);
        record.Write(writer, version);
        Assert.Equal(bytes, writer.ToArray());
    }

    private static byte[] Find(string name) => Vectors.Single(vector => vector.Name == name).Bytes;
}
