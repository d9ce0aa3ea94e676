#nullable disable
namespace Akka.TestKit.Internal;

/// <summary>The messages that a test actor has received and its test has not taken.</summary>
internal sealed class TestQueue
{
    private readonly Lock _lock = new();
    private readonly LinkedList<MessageEnvelope> _messages = new();
    private TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsEmpty
    {
        get
        {
            lock (_lock) return _messages.Count == 0;
        }
    }

    public void Add(MessageEnvelope envelope)
    {
        lock (_lock)
        {
            _messages.AddLast(envelope);
            _arrival.TrySetResult();
        }
    }

    /// <summary>The first message, taken or left; null if none comes in time.</summary>
    /// <param name="remove">Whether to take it.</param>
    /// <param name="wait">How long to wait; negative for ever.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<MessageEnvelope> First(bool remove, TimeSpan wait, CancellationToken cancellationToken)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task arrival;
            lock (_lock)
            {
                if (_messages.First is { } first)
                {
                    if (remove) _messages.RemoveFirst();
                    return first.Value;
                }

                if (_arrival.Task.IsCompleted) _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrival = _arrival.Task;
            }

            TimeSpan left = wait < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : wait - System.Diagnostics.Stopwatch.GetElapsedTime(started);
            if (wait >= TimeSpan.Zero && left <= TimeSpan.Zero) return null;
            try
            {
                await arrival.WaitAsync(left, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Looked at once more above.
            }
        }
    }
}
