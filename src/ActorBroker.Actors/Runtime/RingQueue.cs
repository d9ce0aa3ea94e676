using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace ActorBroker.Actors.Runtime;

/// <summary>
/// A lock-free queue of many producers and one consumer: a ring of slots with a sequence number each (Dmitry Vyukov's bounded queue); a full ring is closed and a
/// larger one linked behind it. Putting costs one compare-and-swap and allocates nothing while the ring is large enough. The first ring is tiny, because
/// most actors are idle, and after a burst a queue that is quiet goes back to one.
/// </summary>
[StructLayout(LayoutKind.Explicit)]
public sealed class RingQueue : IMessageQueue, IUnboundedMessageQueueSemantics
{
    private const int FirstCapacity = 4;
    private const int LargestCapacity = 2048;
    private const int ShrinkAboveCapacity = 64;
    private const int QuietRunsToShrink = 64;

    // Producers read the tail and the consumer writes the head: they live on different cache lines.
    [FieldOffset(0)]
    private Ring tail;

    [FieldOffset(64)]
    private Ring headRing;

    [FieldOffset(72)]
    private Slot[] headSlots;

    [FieldOffset(80)]
    private int head;

    /// <summary>Messages taken since the queue was last empty.</summary>
    [FieldOffset(84)]
    private int taken;

    [FieldOffset(88)]
    private int quietRuns;

    public RingQueue()
    {
        tail = headRing = new Ring(FirstCapacity);
        headSlots = headRing.Slots;
    }

    public int Count
    {
        get
        {
            var ring = Volatile.Read(ref headRing);
            var count = (int)Volatile.Read(ref ring.Tail) - Volatile.Read(ref head);
            while (ring.Next is { } next)
            {
                ring = next;
                count += (int)Volatile.Read(ref ring.Tail);
            }

            return Math.Max(count, 0);
        }
    }

    /// <summary>Messages for which there is room in the ring from which they are taken.</summary>
    internal int Capacity => headSlots.Length;

    /// <summary>True if a slot was claimed that is not taken. Claiming is a full fence, so a consumer that goes idle and then asks here cannot miss the message of a
    /// producer that saw it busy.</summary>
    public bool HasMessages
    {
        get
        {
            var last = Volatile.Read(ref Volatile.Read(ref headRing).Tail);
            return last < 0 || (int)last != Volatile.Read(ref head);
        }
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out var envelope))
        {
            deadletters.Enqueue(owner, envelope);
        }
    }

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        var ring = Volatile.Read(ref tail);
        while (true)
        {
            var last = Volatile.Read(ref ring.Tail);
            var slots = ring.Slots;
            ref var slot = ref slots[(int)last & (slots.Length - 1)];
            if (last < 0 || Volatile.Read(ref slot.Sequence) != (int)last)
            {
                ring = RingWithRoom(ring);
            }
            else if (Interlocked.CompareExchange(ref ring.Tail, last + 1, last) == last)
            {
                slot.Message = envelope.Message;
                slot.Sender = envelope.Sender;
                Volatile.Write(ref slot.Sequence, (int)last + 1);
                return;
            }
        }
    }

    public bool TryDequeue(out Envelope envelope)
    {
        while (true)
        {
            var slots = headSlots;
            ref var slot = ref slots[head & (slots.Length - 1)];
            if (Volatile.Read(ref slot.Sequence) == head + 1)
            {
                envelope = new Envelope(slot.Message!, slot.Sender!);
                slot.Message = null;
                slot.Sender = null;
                Volatile.Write(ref slot.Sequence, head + slots.Length);
                head++;
                taken++;
                return true;
            }

            var last = Volatile.Read(ref headRing.Tail);
            if ((int)last != head)
            {
                AwaitPublication(ref slot, head + 1);
            }
            else if (last < 0)
            {
                MoveToNextRing();
            }
            else
            {
                ShrinkIfQuiet();
                envelope = default;
                return false;
            }
        }
    }

    /// <summary>Gives the memory of a past burst back: after a number of short runs a large empty ring is closed and a tiny one linked.</summary>
    private void ShrinkIfQuiet()
    {
        var run = taken;
        taken = 0;
        if (headSlots.Length <= ShrinkAboveCapacity)
        {
            return;
        }

        quietRuns = run > ShrinkAboveCapacity / 2 ? 0 : quietRuns + 1;
        if (quietRuns < QuietRunsToShrink)
        {
            return;
        }

        quietRuns = 0;
        lock (this)
        {
            var ring = headRing;
            var last = Volatile.Read(ref ring.Tail);
            if (ring != tail || (int)last != head || Interlocked.CompareExchange(ref ring.Tail, last | long.MinValue, last) != last)
            {
                return;
            }

            ring.Next = new Ring(FirstCapacity);
            Volatile.Write(ref tail, ring.Next);
        }

        MoveToNextRing();
    }

    /// <summary>A producer has claimed the slot and is about to fill it.</summary>
    private static void AwaitPublication(ref Slot slot, int sequence)
    {
        var spinner = default(SpinWait);
        while (Volatile.Read(ref slot.Sequence) != sequence)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }
    }

    private void MoveToNextRing()
    {
        Ring? next;
        var spinner = default(SpinWait);
        while ((next = Volatile.Read(ref headRing.Next)) is null)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }

        headSlots = next.Slots;
        Volatile.Write(ref head, 0);
        Volatile.Write(ref headRing, next);
    }

    private Ring RingWithRoom(Ring full)
    {
        lock (this)
        {
            var ring = tail;
            if (ring != full)
            {
                return ring;
            }

            var last = Volatile.Read(ref ring.Tail);
            if (Volatile.Read(ref ring.Slots[(int)last & (ring.Slots.Length - 1)].Sequence) - (int)last >= 0)
            {
                return ring;
            }

            Interlocked.Or(ref ring.Tail, long.MinValue);
            var next = new Ring(Math.Min(ring.Slots.Length * 4, LargestCapacity));
            Volatile.Write(ref ring.Next, next);
            Volatile.Write(ref tail, next);
            return next;
        }
    }

    private struct Slot
    {
        public object? Message;
        public IActorRef? Sender;
        public int Sequence;
    }

    private sealed class Ring
    {
        public readonly Slot[] Slots;
        public Ring? Next;

        /// <summary>Number of slots claimed so far; negative once the ring is closed.</summary>
        public long Tail;

        public Ring(int capacity)
        {
            Slots = new Slot[capacity];
            for (var i = 0; i < capacity; i++)
            {
                Slots[i].Sequence = i;
            }
        }
    }
}
