#nullable disable
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>
/// A lock-free queue of many producers and one consumer: a ring of slots with a sequence number each (D. Vyukov's bounded
/// queue); a full ring is closed and a larger one linked behind it. Putting costs one compare-and-swap and allocates
/// nothing while the ring is large enough. The first ring is tiny, because most actors are idle.
/// </summary>
[StructLayout(LayoutKind.Explicit)]
public class UnboundedMessageQueue : IMessageQueue, IUnboundedMessageQueueSemantics
{
    private const int FirstCapacity = 4;
    private const int LargestCapacity = 2048;
    private const int ShrinkAboveCapacity = 64;

    // Producers read the tail and the consumer writes the head: they live on different cache lines.
    [FieldOffset(0)]
    private Ring _tail;

    [FieldOffset(64)]
    private Ring _headRing;

    [FieldOffset(72)]
    private Slot[] _headSlots;

    [FieldOffset(80)]
    private int _head;

    [FieldOffset(84)]
    private int _quietRuns;

    public UnboundedMessageQueue()
    {
        _tail = _headRing = new Ring(FirstCapacity);
        _headSlots = _headRing.Slots;
    }

    public int Count
    {
        get
        {
            Ring ring = Volatile.Read(ref _headRing);
            var count = (int)Volatile.Read(ref ring.Tail) - Volatile.Read(ref _head);
            while ((ring = ring.Next) is not null) count += (int)Volatile.Read(ref ring.Tail);
            return Math.Max(count, 0);
        }
    }

    /// <summary>
    /// True if a slot has been claimed that was not taken. Claiming is a full fence, so a consumer that goes idle and then
    /// asks here cannot miss the message of a producer that saw it busy.
    /// </summary>
    public bool HasMessages
    {
        get
        {
            Ring ring = Volatile.Read(ref _headRing);
            var tail = Volatile.Read(ref ring.Tail);
            return tail < 0 || (int)tail != Volatile.Read(ref _head);
        }
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out Envelope envelope)) deadletters.Enqueue(owner, envelope);
    }

    public void Enqueue(IActorRef receiver, Envelope envelope) => Put(envelope.Message, envelope.Sender);

    public bool TryDequeue(out Envelope envelope)
    {
        while (true)
        {
            var head = _head;
            Slot[] slots = _headSlots;
            ref Slot slot = ref slots[head & (slots.Length - 1)];
            if (Volatile.Read(ref slot.Sequence) == head + 1)
            {
                envelope = new Envelope(slot.Message, slot.Sender);
                slot.Message = null;
                slot.Sender = null;
                Volatile.Write(ref slot.Sequence, head + slots.Length);
                _head = head + 1;
                return true;
            }

            var tail = Volatile.Read(ref _headRing.Tail);
            if ((int)tail != head) WaitForPublication(ref slot, head + 1);
            else if (tail < 0) MoveToNextRing();
            else break;
        }

        envelope = default;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Put(object message, IActorRef sender)
    {
        Ring ring = Volatile.Read(ref _tail);
        while (true)
        {
            var tail = Volatile.Read(ref ring.Tail);
            Slot[] slots = ring.Slots;
            ref Slot slot = ref slots[(int)tail & (slots.Length - 1)];
            if (tail >= 0 && Volatile.Read(ref slot.Sequence) == (int)tail)
            {
                if (Interlocked.CompareExchange(ref ring.Tail, tail + 1, tail) != tail) continue;
                slot.Message = message;
                slot.Sender = sender;
                Volatile.Write(ref slot.Sequence, (int)tail + 1);
                return;
            }

            ring = RingWithRoom(ring);
        }
    }

    /// <summary>
    /// Gives the memory of a past burst back: called by the consumer when it goes idle. After a number of short runs
    /// a large empty ring is closed and a tiny one linked.
    /// </summary>
    internal void ShrinkIfQuiet(int messagesOfThisRun)
    {
        if (_headSlots.Length <= ShrinkAboveCapacity) return;
        if (messagesOfThisRun > ShrinkAboveCapacity / 2)
        {
            _quietRuns = 0;
            return;
        }

        if (++_quietRuns < 64) return;
        _quietRuns = 0;
        lock (this)
        {
            Ring ring = _headRing;
            var tail = Volatile.Read(ref ring.Tail);
            if (ring != _tail || (int)tail != _head || Interlocked.CompareExchange(ref ring.Tail, tail | long.MinValue, tail) != tail) return;
            ring.Next = new Ring(FirstCapacity);
            Volatile.Write(ref _tail, ring.Next);
        }

        MoveToNextRing();
    }

    private static void WaitForPublication(ref Slot slot, int sequence)
    {
        // A producer has claimed the slot and is about to fill it.
        var spinner = default(SpinWait);
        while (Volatile.Read(ref slot.Sequence) != sequence) spinner.SpinOnce(sleep1Threshold: -1);
    }

    private void MoveToNextRing()
    {
        Ring next;
        var spinner = default(SpinWait);
        while ((next = Volatile.Read(ref _headRing.Next)) is null) spinner.SpinOnce(sleep1Threshold: -1);
        _headSlots = next.Slots;
        Volatile.Write(ref _head, 0);
        Volatile.Write(ref _headRing, next);
    }

    private Ring RingWithRoom(Ring full)
    {
        lock (this)
        {
            Ring ring = _tail;
            if (ring != full) return ring;
            var tail = Volatile.Read(ref ring.Tail);
            if (Volatile.Read(ref ring.Slots[(int)tail & (ring.Slots.Length - 1)].Sequence) - (int)tail >= 0) return ring;
            Interlocked.Or(ref ring.Tail, long.MinValue);
            var next = new Ring(Math.Min(ring.Slots.Length * 4, LargestCapacity));
            Volatile.Write(ref ring.Next, next);
            Volatile.Write(ref _tail, next);
            return next;
        }
    }

    private struct Slot
    {
        public object Message;
        public IActorRef Sender;
        public int Sequence;
    }

    private sealed class Ring
    {
        public readonly Slot[] Slots;
        public Ring Next;

        /// <summary>Number of slots claimed so far; negative once the ring is closed.</summary>
        public long Tail;

        public Ring(int capacity)
        {
            Slots = new Slot[capacity];
            for (var i = 0; i < capacity; i++) Slots[i].Sequence = i;
        }
    }
}
