namespace ActorBroker.Protocol;

/// <summary>Something with a schema: a request, a response, a header, or a record of an internal topic.</summary>
public interface IMessage
{
    /// <summary>Fills this new object from the wire. Byte fields and record sets are slices of the frame, not copies.</summary>
    /// <exception cref="ProtocolException">The bytes do not follow the schema, or there is no such version.</exception>
    void Read(ref ProtocolReader reader, short version);

    /// <summary>Puts this object on the wire. References to record payloads pass to the writer.</summary>
    /// <exception cref="ProtocolException">There is no such version, or it has no place for a value that must not be lost.</exception>
    void Write(ProtocolWriter writer, short version);
}

/// <summary>A request or a response.</summary>
public interface IApiMessage : IMessage
{
    ApiKey ApiKey { get; }
}

public interface IApiRequest : IApiMessage;

public interface IApiResponse : IApiMessage;

/// <summary>A record value that is preceded by a type number and a version: those of the metadata log and of the remote log metadata topic.</summary>
public interface ITypedRecord : IMessage
{
    int RecordType { get; }
}
