using ActorBroker.Model;
using ActorBroker.Records;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

/// <summary>Random histories of a log against a list of batches in memory. A failure prints the seed, which alone decides the history.</summary>
public sealed class LogModelTests
{
    private static readonly LogConfig Config = new()
    {
        SegmentBytes = 3000,
        IndexIntervalBytes = 300,
        RetentionBytes = 12_000,
        RetentionMs = -1,
    };

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 400)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_random_history_matches_the_model(int seed) => new LogHistory(seed).Run(steps: 120);

    [Fact]
    public void A_chosen_history_matches_the_model() => History.CheckChosen(seed => new LogHistory(seed));

    private sealed class LogHistory(int seed) : History(seed)
    {
        private readonly LogFixture _log = new(Config, seed, maxOpenFiles: seed % 3 == 0 ? 1 : 100);
        private readonly List<(long First, long Last, byte[] Bytes)> _batches = [];
        private long _logStart;
        private long _end;
        private int _epoch = 1;
        private OpenState _saved;

        public override void Step()
        {
            switch (Random.Next(20))
            {
                case < 9:
                    Append();
                    break;
                case 9:
                    AppendSeveral();
                    break;
                case 10:
                    _log.Log.Roll();
                    break;
                case 11:
                    _log.Log.Flush();
                    break;
                case 12:
                    Truncate();
                    break;
                case 13:
                    _log.Log.SetHighWatermark(new Offset(Random.NextInt64(_logStart, _end + 1)));
                    break;
                case 14:
                    DeleteRecords();
                    break;
                case 15:
                    Retain();
                    break;
                case 16:
                    Checkpoint();
                    break;
                case 17:
                    _log.CloseAndReopen();
                    break;
                case 18:
                    Kill();
                    break;
                default:
                    LosePower();
                    break;
            }
            Check();
        }

        private byte[] NextBatch() => Batches.Plain(Random.Next(1, 5), Random.Next(0, 300), 1000 + _end);

        private void Append()
        {
            var batch = NextBatch();
            var result = _log.Log.Append(batch, new LeaderEpoch(_epoch), _log.NowMs);
            Assert.Equal(AppendStatus.Appended, result.Status);
            Note(batch, result);
        }

        private void AppendSeveral()
        {
            var batches = Enumerable.Range(0, Random.Next(2, 6)).Select(_ => NextBatch()).ToArray();
            var results = new AppendResult[batches.Length];
            _log.Log.Append([.. batches.Select(batch => new AppendRequest(batch))], results, new LeaderEpoch(_epoch), _log.NowMs);
            for (var i = 0; i < batches.Length; i++)
                Note(batches[i], results[i]);
        }

        private void Note(byte[] batch, AppendResult result)
        {
            Assert.Equal(_end, result.FirstOffset.Value);
            _batches.Add((result.FirstOffset.Value, result.LastOffset.Value, batch));
            _end = result.LastOffset.Value + 1;
        }

        private void Truncate()
        {
            var to = Random.NextInt64(Math.Max(_logStart, _log.View.FirstSegmentBaseOffset.Value), _end + 1);
            _log.Log.TruncateTo(new Offset(to));
            _batches.RemoveAll(batch => batch.Last >= to);
            _end = _log.View.LogEndOffset.Value;
            _logStart = Math.Min(_logStart, _end);
            _epoch++;
        }

        private void DeleteRecords()
        {
            var to = Random.NextInt64(_logStart, _end + 1);
            if (_log.Log.SetLogStartOffset(new Offset(to)))
                _logStart = to;
            else
                Assert.True(to > _log.View.HighWatermark.Value);
        }

        private void Retain()
        {
            var result = _log.Log.ApplyRetention(_log.NowMs);
            Assert.True(result.LogStartOffset.Value >= _logStart);
            Assert.True(result.LogStartOffset <= _log.View.HighWatermark || result.Segments == 0);
            _logStart = result.LogStartOffset.Value;
            _log.State.Deletions.RunDue(_log.NowMs + (Random.Next(2) == 0 ? 0 : 100_000));
        }

        private void Checkpoint() =>
            _saved = new OpenState(false, _log.Log.RecoveryPoint, _log.View.LogStartOffset, _log.View.HighWatermark);

        private OpenState Saved => _saved with
        {
            // A truncation below the checkpoint writes it again, as the broker does.
            RecoveryPoint = Offset.Min(_saved.RecoveryPoint, _log.Log.RecoveryPoint),
            LogStartOffset = Offset.Min(_saved.LogStartOffset, new Offset(_logStart)),
        };

        private void Kill()
        {
            var first = _log.View.FirstSegmentBaseOffset.Value;
            _log.Reopen(Saved);
            Assert.Equal(_end, _log.View.LogEndOffset.Value);
            Assert.Null(_log.Report?.Reason);
            _logStart = Math.Max(Saved.LogStartOffset.Value, first);
            Assert.Equal(_logStart, _log.View.LogStartOffset.Value);
        }

        private void LosePower()
        {
            var flushed = _log.Log.RecoveryPoint.Value;
            var saved = Saved;
            _log.Disk.LosePower();
            _log.Reopen(saved with { LostPower = true });
            var end = _log.View.LogEndOffset.Value;
            Assert.True(end >= Math.Min(flushed, _end), $"{end} kept, {flushed} flushed");
            Assert.True(end <= _end);
            _batches.RemoveAll(batch => batch.Last >= end);
            _end = end;
            _logStart = _log.View.LogStartOffset.Value;
            _epoch++;
        }

        private void Check()
        {
            var view = _log.View;
            Assert.Equal(_end, view.LogEndOffset.Value);
            Assert.Equal(_logStart, view.LogStartOffset.Value);
            Assert.InRange(view.HighWatermark.Value, _logStart, _end);
            var from = Random.NextInt64(_logStart, _end + 1);
            var maxBytes = Random.Next(1, 4000);
            var upTo = Random.Next(3) == 0 ? Random.NextInt64(from, _end + 1) : _end;
            var result = view.Read(new Offset(from), maxBytes, new Offset(upTo), atLeastOneBatch: true);
            Assert.Equal(ReadStatus.Ok, result.Status);
            var expected = Expected(from, maxBytes, upTo, result.Slice.Length);
            Assert.Equal(expected, result.Slice.ToArray());
            result.Slice.Release();
            CheckTimestamp(view);
        }

        /// <summary>The batches that a read must give: all that fit, or fewer when the segment ends.</summary>
        private byte[] Expected(long from, int maxBytes, long upTo, int length)
        {
            var wanted = _batches.Where(batch => batch.Last >= from && batch.First < upTo).ToList();
            if (from >= upTo)
                return [];
            using var bytes = new MemoryStream();
            foreach (var (_, _, batch) in wanted)
            {
                if (bytes.Length > 0 && (bytes.Length + batch.Length > maxBytes || bytes.Length == length))
                    break;
                bytes.Write(batch);
            }
            Assert.True(bytes.Length > 0 || wanted.Count == 0);
            return bytes.ToArray();
        }

        private void CheckTimestamp(LogView view)
        {
            var timestamp = 1000 + Random.NextInt64(_logStart, _end + 1);
            (long Offset, long Timestamp)? expected = null;
            foreach (var (first, _, bytes) in _batches)
            {
                Assert.True(RecordBatchView.TryRead(bytes, out var batch, out _));
                for (var i = 0; i < batch.RecordCount && expected is null; i++)
                {
                    if (batch.BaseTimestamp + i >= timestamp && first + i >= _logStart)
                        expected = (first + i, batch.BaseTimestamp + i);
                }
            }
            var found = view.FindOffsetForTimestamp(timestamp);
            Assert.Equal(expected?.Offset, found?.Offset.Value);
            Assert.Equal(expected?.Timestamp, found?.TimestampMs);
        }
    }
}
