using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Storage.Compaction;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

/// <summary>Random histories of a compacted log, with crashes in the middle of compactions, against a list of records in memory. Whatever happens, a reader finds
/// the last value of each key.</summary>
public sealed class CompactionModelTests
{
    private static readonly LogConfig Config = new()
    {
        SegmentBytes = 2000,
        IndexIntervalBytes = 300,
        RetentionMs = -1,
        CleanupPolicy = CleanupPolicy.Compact,
        DeleteRetentionMs = 50,
        FileDeleteDelayMs = 10,
    };

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 200)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_last_value_of_each_key_is_always_found(int seed) => new CompactionHistory(seed).Run(steps: 80);

    [Fact]
    public void A_chosen_history_keeps_the_last_value_of_each_key() => History.CheckChosen(seed => new CompactionHistory(seed));

    private sealed class CompactionHistory(int seed) : History(seed)
    {
        private readonly LogFixture _log = new(Config, seed, maxOpenFiles: seed % 3 == 0 ? 1 : 100);
        private readonly List<(long Offset, string Key, string? Value)> _records = [];
        private OpenState _saved;

        public override void Step()
        {
            _log.NowMs += 7;
            _log.RecoveryPointCheckpointed = point => _saved = _saved with { RecoveryPoint = point };
            switch (Random.Next(16))
            {
                case < 8:
                    Append();
                    break;
                case 8:
                    _log.Log.Roll();
                    break;
                case 9 or 10:
                    Compact();
                    break;
                case 11:
                    CrashInCompaction();
                    break;
                case 12:
                    _log.CloseAndReopen();
                    break;
                case 13:
                    _saved = new OpenState(
                        false, _log.Log.RecoveryPoint, _log.View.LogStartOffset, _log.View.HighWatermark, FirstDirtyOffset: _log.Log.FirstDirtyOffset);
                    break;
                case 14:
                    _log.Log.ApplyRetention(_log.NowMs);
                    _log.State.Deletions.RunDue(_log.NowMs);
                    break;
                default:
                    LosePower();
                    break;
            }
            Check();
        }

        private void Append()
        {
            var batch = Enumerable.Range(0, Random.Next(1, 5))
                .Select(i => ("k" + Random.Next(12), Random.Next(5) == 0 ? null : new string((char)('a' + i), Random.Next(1, 150))))
                .ToArray();
            var result = _log.Append(Batches.Keyed(_log.NowMs, batch));
            Assert.Equal(AppendStatus.Appended, result.Status);
            for (var i = 0; i < batch.Length; i++)
                _records.Add((result.FirstOffset.Value + i, batch[i].Item1, batch[i].Item2));
            if (Random.Next(3) == 0)
                _log.Log.SetHighWatermark(_log.View.LogEndOffset);
        }

        private void Compact()
        {
            _log.Log.SetHighWatermark(_log.View.LogEndOffset);
            var limits = new CompactionLimits { OffsetMapBytes = Random.Next(16, 60) * OffsetMap.EntrySize };
            if (_log.Log.TryBeginCompaction(limits, _log.NowMs) is not { } job)
                return;
            job.Run(default);
            Assert.NotNull(_log.Log.CompleteCompaction(job));
        }

        private void CrashInCompaction()
        {
            var left = Random.Next(40);
            _log.Disk.Fault = (_, _) => left-- == 0 ? new IOException("crash") : null;
            try
            {
                Compact();
            }
            catch (IOException)
            {
                // The point of the exercise.
            }
            _log.Disk.Fault = null;
            _log.Reopen(Saved);
        }

        private void LosePower()
        {
            var flushed = _log.Log.RecoveryPoint.Value;
            var saved = Saved;
            _log.Disk.LosePower();
            _log.Reopen(saved with { LostPower = true });
            Assert.True(_log.View.LogEndOffset.Value >= flushed, $"{_log.View.LogEndOffset} kept, {flushed} flushed: {_log.Report}");
            _records.RemoveAll(record => record.Offset >= _log.View.LogEndOffset.Value);
        }

        private OpenState Saved => _saved with { RecoveryPoint = Offset.Min(_saved.RecoveryPoint, _log.Log.RecoveryPoint) };

        private void Check()
        {
            Assert.Equal(_records.Count == 0 ? 0 : _records[^1].Offset + 1, _log.View.LogEndOffset.Value);
            var found = LogContents.Records(_log);
            Assert.Equal(Last(_records), Last(found));
            Assert.Equal(found.Select(record => record.Offset), found.Select(record => record.Offset).Distinct().Order());
        }

        private static SortedDictionary<string, string> Last(List<(long Offset, string Key, string? Value)> records)
        {
            var last = new SortedDictionary<string, string>();
            foreach (var (_, key, value) in records)
            {
                if (value is null)
                    last.Remove(key);
                else
                    last[key] = value;
            }
            return last;
        }
    }
}
