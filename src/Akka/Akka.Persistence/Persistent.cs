#nullable disable
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence.Serialization
{
    /// <summary>Marks what persistence has in serialised form.</summary>
    public interface IMessage
    {
    }
}

namespace Akka.Persistence
{
    /// <summary>What an actor gives to a journal: atomic writes, and messages that only pass through.</summary>
    public interface IPersistentEnvelope
    {
        object Payload { get; }

        IActorRef Sender { get; }

        /// <summary>Events in it.</summary>
        int Size { get; }
    }

    /// <summary>An event with its place in the history of a persistent actor.</summary>
    public interface IPersistentRepresentation : Serialization.IMessage
    {
        bool IsDeleted { get; }

        /// <summary>What an event adapter says of the event's form; empty without one.</summary>
        string Manifest { get; }

        object Payload { get; }

        string PersistenceId { get; }

        /// <summary>Sender of the command that led to the event; nobody after a replay.</summary>
        IActorRef Sender { get; }

        /// <summary>Counts from 1.</summary>
        long SequenceNr { get; }

        /// <summary>When it was written, in ticks of UTC; 0 if unknown.</summary>
        long Timestamp { get; }

        /// <summary>The incarnation of the actor that wrote it.</summary>
        string WriterGuid { get; }

        IPersistentRepresentation Update(long sequenceNr, string persistenceId, bool isDeleted, IActorRef sender, string writerGuid);

        IPersistentRepresentation WithManifest(string manifest);

        IPersistentRepresentation WithPayload(object payload);

        IPersistentRepresentation WithTimestamp(long timestamp);
    }

    /// <summary>A message that goes through the journal without being written, so that it keeps its place among those that are.</summary>
    internal sealed class NonPersistentMessage(object payload, IActorRef sender) : IPersistentEnvelope
    {
        public object Payload { get; } = payload;

        public IActorRef Sender { get; } = sender;

        public int Size => 1;
    }

    /// <summary>Events of one actor that are written together or not at all.</summary>
    public sealed class AtomicWrite : IPersistentEnvelope, Serialization.IMessage
    {
        public AtomicWrite(IPersistentRepresentation @event)
            : this(ImmutableList.Create(@event))
        {
        }

        /// <exception cref="ArgumentException">There is no event, or they are of several actors.</exception>
        public AtomicWrite(IImmutableList<IPersistentRepresentation> payload)
        {
            if (payload is null || payload.Count == 0) throw new ArgumentException("Payload of AtomicWrite must not be empty.", nameof(payload));
            PersistenceId = payload[0].PersistenceId;
            foreach (IPersistentRepresentation persistent in payload)
            {
                if (persistent.PersistenceId != PersistenceId)
                    throw new ArgumentException($"AtomicWrite must contain messages for the same persistenceId, yet different persistenceIds found: {PersistenceId}, {persistent.PersistenceId}", nameof(payload));
            }

            Payload = payload;
            Sender = ActorRefs.NoSender;
            LowestSequenceNr = payload[0].SequenceNr;
            HighestSequenceNr = payload[^1].SequenceNr;
            Size = payload.Count;
        }

        public long HighestSequenceNr { get; }

        public long LowestSequenceNr { get; }

        /// <summary>The events, as an immutable list.</summary>
        public object Payload { get; }

        public string PersistenceId { get; }

        public IActorRef Sender { get; }

        public int Size { get; }

        internal IImmutableList<IPersistentRepresentation> Events => (IImmutableList<IPersistentRepresentation>)Payload;

        public bool Equals(AtomicWrite other) => other is not null && PersistenceId == other.PersistenceId && Events.SequenceEqual(other.Events);

        public override bool Equals(object obj) => Equals(obj as AtomicWrite);

        public override int GetHashCode() => HashCode.Combine(PersistenceId, LowestSequenceNr, HighestSequenceNr);

        public override string ToString() => $"AtomicWrite<pid: {PersistenceId}, lowSeqNr: {LowestSequenceNr}, highSeqNr: {HighestSequenceNr}>";
    }

    /// <summary>The usual representation of an event.</summary>
    public class Persistent : IPersistentRepresentation, IEquatable<IPersistentRepresentation>
    {
        public Persistent(
            object payload, long sequenceNr = 0, string persistenceId = null, string manifest = null, bool isDeleted = false, IActorRef sender = null, string writerGuid = null, long timestamp = 0)
        {
            Payload = payload;
            SequenceNr = sequenceNr;
            PersistenceId = persistenceId ?? Undefined;
            Manifest = manifest ?? Undefined;
            IsDeleted = isDeleted;
            Sender = sender;
            WriterGuid = writerGuid ?? Undefined;
            Timestamp = timestamp;
        }

        /// <summary>The empty string.</summary>
        public static string Undefined { get; } = string.Empty;

        public bool IsDeleted { get; }

        public string Manifest { get; }

        public object Payload { get; }

        public string PersistenceId { get; }

        public IActorRef Sender { get; }

        public long SequenceNr { get; }

        public long Timestamp { get; }

        public string WriterGuid { get; }

        public IPersistentRepresentation Update(long sequenceNr, string persistenceId, bool isDeleted, IActorRef sender, string writerGuid) =>
            new Persistent(Payload, sequenceNr, persistenceId, Manifest, isDeleted, sender, writerGuid, Timestamp);

        public IPersistentRepresentation WithManifest(string manifest) =>
            Manifest == manifest ? this : new Persistent(Payload, SequenceNr, PersistenceId, manifest, IsDeleted, Sender, WriterGuid, Timestamp);

        public IPersistentRepresentation WithPayload(object payload) =>
            new Persistent(payload, SequenceNr, PersistenceId, Manifest, IsDeleted, Sender, WriterGuid, Timestamp);

        public IPersistentRepresentation WithTimestamp(long newTimestamp) =>
            Timestamp == newTimestamp ? this : new Persistent(Payload, SequenceNr, PersistenceId, Manifest, IsDeleted, Sender, WriterGuid, newTimestamp);

        public bool Equals(IPersistentRepresentation other) =>
            other is not null && Equals(Payload, other.Payload) && SequenceNr == other.SequenceNr && PersistenceId == other.PersistenceId
            && Manifest == other.Manifest && IsDeleted == other.IsDeleted && Equals(Sender, other.Sender) && WriterGuid == other.WriterGuid;

        public override bool Equals(object obj) => Equals(obj as IPersistentRepresentation);

        public override int GetHashCode() => HashCode.Combine(Payload, SequenceNr, PersistenceId, Manifest, IsDeleted, WriterGuid);

        public override string ToString() => $"Persistent<pid: {PersistenceId}, seqNr: {SequenceNr}, deleted: {IsDeleted}, manifest: {Manifest}, sender: {Sender}, payload: {Payload}, writerGuid: {WriterGuid}>";
    }
}
