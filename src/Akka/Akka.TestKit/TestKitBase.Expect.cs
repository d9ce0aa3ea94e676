#nullable disable
using System.Runtime.CompilerServices;
using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>Takes the next message, which must be a <typeparamref name="T"/>.</summary>
    public T ExpectMsg<T>(TimeSpan? duration = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgAsync<T>(duration, hint, cancellationToken));

    /// <summary>Takes the next message, which must equal <paramref name="message"/>.</summary>
    public T ExpectMsg<T>(T message, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgAsync(message, timeout, hint, cancellationToken));

    public T ExpectMsg<T>(Predicate<T> isMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgAsync(isMessage, timeout, hint, cancellationToken));

    public T ExpectMsg<T>(Action<T> assert, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgAsync(assert, timeout, hint, cancellationToken));

    public T ExpectMsg<T>(Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgAsync(isMessageAndSender, timeout, hint, cancellationToken));

    public T ExpectMsg<T>(Action<T, IActorRef> assertMessageAndSender, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgAsync(assertMessageAndSender, timeout, hint, cancellationToken));

    public T ExpectMsg<T>(T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgAsync(expected, comparer, timeout, hint, cancellationToken));

    public ValueTask<T> ExpectMsgAsync<T>(TimeSpan? duration = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(duration, null, hint, cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(T message, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(timeout, (received, _) => _assertions.AssertEqual(message, received, Hinted(hint, "")), hint, cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(Predicate<T> isMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(timeout, (received, _) => AssertFits(isMessage is null || isMessage(received), received, hint), hint, cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(Action<T> assert, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(timeout, (received, _) => assert?.Invoke(received), hint, cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(timeout, (received, sender) => AssertFits(isMessageAndSender(received, sender), received, hint), hint, cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(Action<T, IActorRef> assertMessageAndSender, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect(timeout, assertMessageAndSender, hint, cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(timeout, (received, _) => _assertions.AssertEqual(expected, received, comparer, Hinted(hint, "")), hint, cancellationToken);

    /// <summary>Takes the next message, which must be a <typeparamref name="T"/> from <paramref name="sender"/>.</summary>
    public T ExpectMsgFrom<T>(IActorRef sender, TimeSpan? duration = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgFromAsync<T>(sender, duration, hint, cancellationToken));

    public T ExpectMsgFrom<T>(IActorRef sender, T message, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgFromAsync(sender, message, timeout, hint, cancellationToken));

    public T ExpectMsgFrom<T>(IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgFromAsync(sender, isMessage, timeout, hint, cancellationToken));

    public T ExpectMsgFrom<T>(Predicate<IActorRef> isSender, Predicate<T> isMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgFromAsync(isSender, isMessage, timeout, hint, cancellationToken));

    public T ExpectMsgFrom<T>(IActorRef sender, Action<T> assertMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgFromAsync(sender, assertMessage, timeout, hint, cancellationToken));

    public T ExpectMsgFrom<T>(Action<IActorRef> assertSender, Action<T> assertMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectMsgFromAsync(assertSender, assertMessage, timeout, hint, cancellationToken));

    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, TimeSpan? duration = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(duration, (_, from) => AssertSender(sender, from, hint), hint, cancellationToken);

    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, T message, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(
            timeout,
            (received, from) =>
            {
                AssertSender(sender, from, hint);
                _assertions.AssertEqual(message, received, Hinted(hint, ""));
            },
            hint,
            cancellationToken);

    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(
            timeout,
            (received, from) =>
            {
                AssertSender(sender, from, hint);
                AssertFits(isMessage(received), received, hint);
            },
            hint,
            cancellationToken);

    public ValueTask<T> ExpectMsgFromAsync<T>(Predicate<IActorRef> isSender, Predicate<T> isMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(
            timeout,
            (received, from) =>
            {
                _assertions.AssertTrue(isSender(from), Hinted(hint, "Sender does not match: {0}"), from);
                AssertFits(isMessage(received), received, hint);
            },
            hint,
            cancellationToken);

    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, Action<T> assertMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(
            timeout,
            (received, from) =>
            {
                AssertSender(sender, from, hint);
                assertMessage(received);
            },
            hint,
            cancellationToken);

    public ValueTask<T> ExpectMsgFromAsync<T>(Action<IActorRef> assertSender, Action<T> assertMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(
            timeout,
            (received, from) =>
            {
                assertSender(from);
                assertMessage(received);
            },
            hint,
            cancellationToken);

    /// <summary>Takes the next message, which must say that <paramref name="target"/> has stopped.</summary>
    public Terminated ExpectTerminated(IActorRef target, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Wait(ExpectTerminatedAsync(target, timeout, hint, cancellationToken));

    public ValueTask<Terminated> ExpectTerminatedAsync(IActorRef target, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<Terminated>(
            timeout,
            (terminated, _) => _assertions.AssertEqual(target, terminated.ActorRef, Hinted(hint, "Terminated message was for another actor")),
            hint,
            cancellationToken);

    /// <summary>Takes the next message, which must equal one of <paramref name="messages"/>.</summary>
    public T ExpectMsgAnyOf<T>(IEnumerable<T> messages, CancellationToken cancellationToken = default) => Wait(ExpectMsgAnyOfAsync(messages, cancellationToken));

    public ValueTask<T> ExpectMsgAnyOfAsync<T>(IEnumerable<T> messages, CancellationToken cancellationToken = default) =>
        Expect<T>(null, (received, _) => AssertFits(messages.Contains(received), received, null), null, cancellationToken);

    /// <summary>Takes as many messages as are given, which must be those in any order.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(params T[] messages) => Wait(ExpectAllOf(RemainingOrDefault, messages, default));

    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        Wait(ExpectAllOf(RemainingOrDefault, messages, cancellationToken));

    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(TimeSpan max, params T[] messages) => Wait(ExpectAllOf(Dilated(max), messages, default));

    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(TimeSpan max, IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        Wait(ExpectAllOf(Dilated(max), messages, cancellationToken));

    public async IAsyncEnumerable<T> ExpectMsgAllOfAsync<T>(IReadOnlyCollection<T> messages, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (T message in await ExpectAllOf(RemainingOrDefault, messages, cancellationToken).ConfigureAwait(false)) yield return message;
    }

    public async IAsyncEnumerable<T> ExpectMsgAllOfAsync<T>(TimeSpan max, IReadOnlyCollection<T> messages, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (T message in await ExpectAllOf(Dilated(max), messages, cancellationToken).ConfigureAwait(false)) yield return message;
    }

    /// <summary>Fails if a message comes within the default time, or what the enclosing Within leaves.</summary>
    public void ExpectNoMsg(CancellationToken cancellationToken = default) => Wait(ExpectNone(RemainingOrDefault, cancellationToken));

    public void ExpectNoMsg(TimeSpan duration, CancellationToken cancellationToken = default) => Wait(ExpectNone(Dilated(duration), cancellationToken));

    public void ExpectNoMsg(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsg(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    public async ValueTask ExpectNoMsgAsync(CancellationToken cancellationToken = default) =>
        await ExpectNone(RemainingOrDefault, cancellationToken).ConfigureAwait(false);

    public async ValueTask ExpectNoMsgAsync(TimeSpan duration, CancellationToken cancellationToken = default) =>
        await ExpectNone(Dilated(duration), cancellationToken).ConfigureAwait(false);

    public ValueTask ExpectNoMsgAsync(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsgAsync(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    private static string Hinted(string hint, string text) =>
        (string.IsNullOrEmpty(hint) ? text : text.Length == 0 ? hint.Replace("{", "{{").Replace("}", "}}") : $"{hint.Replace("{", "{{").Replace("}", "}}")}: {text}");

    private async ValueTask<T> Expect<T>(TimeSpan? timeout, Action<T, IActorRef> assert, string hint, CancellationToken cancellationToken)
    {
        TimeSpan wait = RemainingOrDilated(timeout);
        MessageEnvelope envelope = await Take(wait, cancellationToken).ConfigureAwait(false);
        if (envelope is null) _assertions.Fail(Hinted(hint, "Timeout {0} while waiting for a message of type {1}"), wait, typeof(T));
        if (envelope.Message is not T received)
        {
            _assertions.Fail(Hinted(hint, "Expected a message of type {0}, but received {1} (type {2}) from {3}"), typeof(T), envelope.Message, envelope.Message.GetType(), envelope.Sender);
            return default;
        }

        assert?.Invoke(received, envelope.Sender);
        return received;
    }

    private async Task<IReadOnlyCollection<T>> ExpectAllOf<T>(TimeSpan max, IReadOnlyCollection<T> messages, CancellationToken cancellationToken)
    {
        IReadOnlyCollection<object> received = await ReceiveMany(messages.Count, max, cancellationToken).ConfigureAwait(false);
        List<T> missing = [.. messages];
        List<object> unexpected = [.. received.Where(message => message is not T typed || !missing.Remove(typed))];
        _assertions.AssertTrue(
            missing.Count == 0 && unexpected.Count == 0, "not found [{0}], found unexpected [{1}]", string.Join(", ", missing), string.Join(", ", unexpected));
        return [.. received.Cast<T>()];
    }

    private async Task<bool> ExpectNone(TimeSpan duration, CancellationToken cancellationToken)
    {
        MessageEnvelope envelope = await Take(duration, cancellationToken).ConfigureAwait(false);
        if (envelope is not null) _assertions.Fail("Expected no messages during {0}, instead we received {1}", duration, envelope);
        _lastWasNoMsg = true;
        return true;
    }

    private void AssertFits<T>(bool fits, T received, string hint) =>
        _assertions.AssertTrue(fits, Hinted(hint, "Got a message of the expected type <{0}>, but it does not fit: {1}"), typeof(T), received);

    private void AssertSender(IActorRef expected, IActorRef actual, string hint) =>
        _assertions.AssertEqual(expected, actual, Hinted(hint, "Sender does not match"));
}
