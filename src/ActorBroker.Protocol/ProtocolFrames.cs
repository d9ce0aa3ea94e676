namespace ActorBroker.Protocol;

/// <summary>What precedes every request: the fields of all header versions, without the tagged ones.</summary>
/// <param name="ApiKey">May be a number that has no schema.</param>
/// <param name="Version">Of the request and its response.</param>
/// <param name="CorrelationId">The response carries the same.</param>
/// <param name="ClientId">Null when the client gave none.</param>
public readonly record struct RequestPrelude(ApiKey ApiKey, short Version, int CorrelationId, string? ClientId);

/// <summary>Whole frames: int32 size, header, body.</summary>
public static class ProtocolFrames
{
    /// <summary>
    /// Reads the header of a request (the size is already gone). For an unknown API key, and for an unknown version, the header is read
    /// as far as its place is certain: the client id is null for an unknown key.
    /// </summary>
    public static RequestPrelude ReadRequestHeader(ref ProtocolReader reader)
    {
        reader.EnterMessage("RequestHeader");
        var key = (ApiKey)reader.ReadInt16();
        var version = reader.ReadInt16();
        var correlationId = reader.ReadInt32();
        if (!ApiCatalog.TryGet(key, out _))
        {
            return new RequestPrelude(key, version, correlationId, null);
        }

        var header = ApiCatalog.RequestHeaderVersion(key, version);
        var clientId = header >= 1 ? reader.ReadNullableInternedString(compact: false) : null;
        if (header >= 2)
        {
            reader.SkipTaggedFields();
        }

        return new RequestPrelude(key, version, correlationId, clientId);
    }

    /// <summary>Writes a whole request frame into an empty writer.</summary>
    public static void WriteRequest(ProtocolWriter writer, IApiRequest request, short version, int correlationId, string? clientId)
    {
        writer.BeginFrame();
        writer.WriteInt16((short)request.ApiKey);
        writer.WriteInt16(version);
        writer.WriteInt32(correlationId);
        var header = ApiCatalog.RequestHeaderVersion(request.ApiKey, version);
        if (header >= 1)
        {
            writer.WriteNullableString(clientId, compact: false);
        }

        if (header >= 2)
        {
            writer.WriteUVarint(0);
        }

        request.Write(writer, version);
        writer.EndFrame();
    }

    /// <summary>Reads the header of a response (the size is already gone); the result is the correlation id.</summary>
    public static int ReadResponseHeader(ref ProtocolReader reader, ApiKey key, short version)
    {
        reader.EnterMessage("ResponseHeader");
        var correlationId = reader.ReadInt32();
        if (ApiCatalog.ResponseHeaderVersion(key, version) >= 1)
        {
            reader.SkipTaggedFields();
        }

        return correlationId;
    }

    /// <summary>Writes a whole response frame into an empty writer.</summary>
    public static void WriteResponse(ProtocolWriter writer, IApiResponse response, short version, int correlationId)
    {
        writer.BeginFrame();
        writer.WriteInt32(correlationId);
        if (ApiCatalog.ResponseHeaderVersion(response.ApiKey, version) >= 1)
        {
            writer.WriteUVarint(0);
        }

        response.Write(writer, version);
        writer.EndFrame();
    }
}
