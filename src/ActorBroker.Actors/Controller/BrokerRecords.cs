using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.MetadataRecords;

namespace ActorBroker.Actors.Controller;

/// <summary>Registrations of brokers as KRaft's records; each in the lowest version that holds what it says.</summary>
internal static class BrokerRecords
{
    private const short PlaintextProtocol = 0;

    // In a registration change, 1 sets a mark, -1 removes it, 0 leaves it (KIP-841).
    private const sbyte Set = 1;
    private const sbyte Unset = -1;

    public static (ITypedRecord Record, short Version) Of(BrokerImage broker)
    {
        var record = new RegisterBrokerRecord
        {
            BrokerId = broker.Id.Value,
            BrokerEpoch = broker.Epoch.Value,
            IncarnationId = broker.IncarnationId,
            Rack = broker.Rack,
            Fenced = broker.Fenced,
            InControlledShutdown = broker.InControlledShutdown,
            LogDirs = [.. broker.LogDirs],
            EndPoints = [.. broker.Endpoints.Select(endpoint => new RegisterBrokerRecord.BrokerEndpoint
            {
                Name = endpoint.Listener,
                Host = endpoint.Host,
                Port = (ushort)endpoint.Port,
                SecurityProtocol = PlaintextProtocol,
            })],
        };
        return (record, (short)(!broker.LogDirs.IsEmpty ? 3 : broker.InControlledShutdown ? 1 : 0));
    }

    public static BrokerRegistered Read(RegisterBrokerRecord broker) => new(new BrokerImage(
        new NodeId(broker.BrokerId),
        new BrokerEpoch(broker.BrokerEpoch),
        broker.IncarnationId,
        [.. broker.EndPoints.Select(endpoint => new BrokerEndpoint(endpoint.Name, endpoint.Host, endpoint.Port))],
        broker.Rack,
        broker.Fenced)
    {
        InControlledShutdown = broker.InControlledShutdown,
        LogDirs = [.. broker.LogDirs],
    });

    public static (ITypedRecord Record, short Version) Of(BrokerChanged change)
    {
        var record = new BrokerRegistrationChangeRecord
        {
            BrokerId = change.Id.Value,
            BrokerEpoch = change.Epoch.Value,
            Fenced = Mark(change.Fenced),
            InControlledShutdown = Mark(change.InControlledShutdown),
            LogDirs = [.. change.LogDirs ?? []],
        };
        return (record, (short)(change.LogDirs is not null ? 2 : change.InControlledShutdown is not null ? 1 : 0));
    }

    /// <exception cref="ProtocolException">A mark has a value that is not defined.</exception>
    public static BrokerChanged Read(BrokerRegistrationChangeRecord change) => new(
        new NodeId(change.BrokerId),
        new BrokerEpoch(change.BrokerEpoch),
        IsSet(change.Fenced),
        IsSet(change.InControlledShutdown),
        change.LogDirs.Count == 0 ? null : [.. change.LogDirs]);

    private static sbyte Mark(bool? value) => value switch
    {
        null => 0,
        true => Set,
        false => Unset,
    };

    private static bool? IsSet(sbyte mark) => mark switch
    {
        0 => null,
        Set => true,
        Unset => false,
        _ => throw new ProtocolException($"change of a broker registration with the mark {mark}; known are -1, 0 and 1"),
    };
}
