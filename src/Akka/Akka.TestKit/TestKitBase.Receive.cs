#nullable disable
using System.Collections;
using System.Runtime.CompilerServices;
using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>Takes messages until one fits.</summary>
    public object FishForMessage(Predicate<object> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        Wait(FishForMessageAsync(isMessage, max, hint, cancellationToken));

    public T FishForMessage<T>(Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        Wait(FishForMessageAsync(isMessage, max, hint, cancellationToken));

    public T FishForMessage<T>(Predicate<T> isMessage, ArrayList allMessages, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        Wait(FishForMessageAsync(isMessage, allMessages, max, hint, cancellationToken));

    public ValueTask<object> FishForMessageAsync(Predicate<object> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessageAsync<object>(isMessage, null, max, hint, cancellationToken);

    public ValueTask<T> FishForMessageAsync<T>(Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessageAsync(isMessage, null, max, hint, cancellationToken);

    public async ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage, ArrayList allMessages, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default)
    {
        TimeSpan limit = RemainingOrDilated(max);
        TimeSpan end = Now + limit;
        while (true)
        {
            MessageEnvelope envelope = await Take(Max(end - Now), cancellationToken).ConfigureAwait(false);
            if (envelope is null) _assertions.Fail("Timeout ({0}) during fishForMessage, hint {1}", limit, hint);
            allMessages?.Add(envelope.Message);
            if (envelope.Message is T typed && isMessage(typed)) return typed;
        }
    }

    /// <summary>Takes messages until one is a <typeparamref name="T"/>.</summary>
    public async Task FishUntilMessageAsync<T>(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        await FishForMessageAsync<T>(static _ => true, max, "", cancellationToken).ConfigureAwait(false);

    /// <summary>The next message, left where it is; null if none comes.</summary>
    public object PeekOne(TimeSpan? max = null, CancellationToken cancellationToken = default) => Wait(PeekOneAsync(max, cancellationToken));

    public object PeekOne(CancellationToken cancellationToken) => PeekOne(null, cancellationToken);

    public async ValueTask<object> PeekOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        (await TryPeekOneAsync(max, cancellationToken).ConfigureAwait(false)) is { success: true } peeked ? peeked.envelope.Message : null;

    public ValueTask<object> PeekOneAsync(CancellationToken cancellationToken) => PeekOneAsync(null, cancellationToken);

    public bool TryPeekOne(out MessageEnvelope envelope, TimeSpan? max, CancellationToken cancellationToken)
    {
        (var success, envelope) = Wait(TryPeekOneAsync(max, cancellationToken));
        return success;
    }

    public async ValueTask<(bool success, MessageEnvelope envelope)> TryPeekOneAsync(TimeSpan? max, CancellationToken cancellationToken)
    {
        MessageEnvelope envelope = await _queue.First(remove: false, ShortWait(max), cancellationToken).ConfigureAwait(false);
        return (envelope is not null, envelope ?? NullMessageEnvelope.Instance);
    }

    /// <summary>Takes the next message; null if none comes.</summary>
    public object ReceiveOne(TimeSpan? max = null, CancellationToken cancellationToken = default) => Wait(ReceiveOneAsync(max, cancellationToken));

    public async ValueTask<object> ReceiveOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        (await TryReceiveOneAsync(max, cancellationToken).ConfigureAwait(false)) is { success: true } received ? received.envelope.Message : null;

    public bool TryReceiveOne(out MessageEnvelope envelope, TimeSpan? max = null, CancellationToken cancellationToken = default)
    {
        (var success, envelope) = Wait(TryReceiveOneAsync(max, cancellationToken));
        return success;
    }

    public async ValueTask<(bool success, MessageEnvelope envelope)> TryReceiveOneAsync(TimeSpan? max, CancellationToken cancellationToken = default)
    {
        MessageEnvelope envelope = await Take(ShortWait(max), cancellationToken).ConfigureAwait(false);
        return (envelope is not null, envelope ?? NullMessageEnvelope.Instance);
    }

    /// <summary>Takes that many messages.</summary>
    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, CancellationToken cancellationToken = default) =>
        Wait(ReceiveMany(numberOfMessages, RemainingOrDefault, cancellationToken));

    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        Wait(ReceiveMany(numberOfMessages, Dilated(max), cancellationToken));

    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, CancellationToken cancellationToken = default) =>
        ReceiveManyAsync(numberOfMessages, RemainingOrDefault, cancellationToken);

    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        ReceiveManyAsync(numberOfMessages, Dilated(max), cancellationToken);

    /// <summary>Takes messages as long as <paramref name="filter"/> gives a value for them.</summary>
    public IReadOnlyList<T> ReceiveWhile<T>(TimeSpan? max, Func<object, T> filter, int msgs = int.MaxValue, CancellationToken cancellationToken = default)
        where T : class => ReceiveWhile(filter, max, null, msgs, cancellationToken);

    public IReadOnlyList<T> ReceiveWhile<T>(TimeSpan? max, TimeSpan? idle, Func<object, T> filter, int msgs = int.MaxValue, CancellationToken cancellationToken = default)
        where T : class => ReceiveWhile(filter, max, idle, msgs, cancellationToken);

    public IReadOnlyList<T> ReceiveWhile<T>(
        Func<object, T> filter, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue, CancellationToken cancellationToken = default)
        where T : class => Wait(ReceiveWhileFits(message => filter(message) is { } value ? (true, true, value) : (false, false, null), max, idle, msgs, cancellationToken));

    /// <summary>Takes messages as long as they are <typeparamref name="T"/>s that fit.</summary>
    public IReadOnlyList<T> ReceiveWhile<T>(
        Predicate<T> shouldContinue, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue, bool shouldIgnoreOtherMessageTypes = true, CancellationToken cancellationToken = default)
        where T : class => Wait(ReceiveWhileFits(
            message => message is T typed ? (shouldContinue(typed), true, typed) : (shouldIgnoreOtherMessageTypes, false, null), max, idle, msgs, cancellationToken));

    public async IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        Func<object, T> filter, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where T : class
    {
        foreach (T value in await ReceiveWhileFits(message => filter(message) is { } value ? (true, true, value) : (false, false, null), max, idle, msgs, cancellationToken).ConfigureAwait(false))
            yield return value;
    }

    private async ValueTask<MessageEnvelope> Take(TimeSpan wait, CancellationToken cancellationToken)
    {
        MessageEnvelope envelope = await _queue.First(remove: true, wait, cancellationToken).ConfigureAwait(false);
        _lastWasNoMsg = false;
        _lastMessage = envelope ?? NullMessageEnvelope.Instance;
        return envelope;
    }

    /// <summary>Negative waits for ever, null takes what the enclosing Within leaves, anything else is as given.</summary>
    private TimeSpan ShortWait(TimeSpan? max) => max switch
    {
        null => RemainingOrDefault,
        { } given when given < TimeSpan.Zero => Timeout.InfiniteTimeSpan,
        { } given => Dilated(given),
    };

    private async Task<IReadOnlyCollection<object>> ReceiveMany(int count, TimeSpan max, CancellationToken cancellationToken)
    {
        var received = new List<object>();
        await foreach (var message in ReceiveManyAsync(count, max, cancellationToken).ConfigureAwait(false)) received.Add(message);
        return received;
    }

    private async IAsyncEnumerable<object> ReceiveManyAsync(int count, TimeSpan max, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TimeSpan end = Now + max;
        for (var i = 0; i < count; i++)
        {
            MessageEnvelope envelope = await Take(Max(end - Now), cancellationToken).ConfigureAwait(false);
            if (envelope is null) _assertions.Fail("Timeout ({0}) while expecting {1} messages. Only got {2}.", max, count, i);
            yield return envelope.Message;
        }
    }

    private async Task<IReadOnlyList<T>> ReceiveWhileFits<T>(
        Func<object, (bool GoOn, bool Take, T Value)> look, TimeSpan? max, TimeSpan? idle, int messages, CancellationToken cancellationToken)
    {
        TimeSpan end = Now + RemainingOrDilated(max);
        TimeSpan mostIdle = idle ?? Timeout.InfiniteTimeSpan;
        var values = new List<T>();
        MessageEnvelope last = _lastMessage;
        while (values.Count < messages)
        {
            TimeSpan left = Max(end - Now);
            MessageEnvelope envelope = await _queue.First(remove: false, mostIdle >= TimeSpan.Zero && mostIdle < left ? mostIdle : left, cancellationToken).ConfigureAwait(false);
            if (envelope is null) break;
            (var goOn, var take, T value) = look(envelope.Message);
            if (!goOn) break;
            await _queue.First(remove: true, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            last = envelope;
            if (take) values.Add(value);
        }

        _lastMessage = last;
        _lastWasNoMsg = true;
        return values;
    }
}
