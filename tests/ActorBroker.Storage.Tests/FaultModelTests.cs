using ActorBroker.Model;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

/// <summary>Random histories of a log on a disk that fills up, rots and is slow, against a list of batches in memory. A full disk refuses appends and loses nothing;
/// what has rotted is reported and not served; while an fsync is slow nothing is called durable that is not.</summary>
public sealed class FaultModelTests
{
    private static readonly LogConfig Config = new() { SegmentBytes = 3000, IndexIntervalBytes = 300, RetentionMs = -1 };

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 400)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_random_history_with_faults_matches_the_model(int seed) => new FaultHistory(seed).Run(steps: 120);

    [Fact]
    public void A_chosen_history_with_faults_matches_the_model() => History.CheckChosen(seed => new FaultHistory(seed));

    private sealed class FaultHistory(int seed) : History(seed)
    {
        /// <summary>Where a flipped bit is found by its checksum: the base offset and the leader epoch are not covered by it.</summary>
        private static readonly int[] Unprotected = [.. Enumerable.Range(0, 8), .. Enumerable.Range(12, 4)];

        private readonly LogFixture _log = new(Config, seed, maxOpenFiles: seed % 3 == 0 ? 1 : 100);
        private readonly LogScrubber _scrubber = new(BandwidthLimit.None);
        private readonly List<(long First, long Last, byte[] Bytes)> _batches = [];
        private readonly HashSet<long> _rotten = [];
        private bool _hasRottenHeaders;
        private bool _isFull;

        /// <summary>A damaged header has moved the log's end: what else the log has, the model does not know.</summary>
        private bool _isOver;

        private int _epoch = 1;

        private long End => _batches.Count == 0 ? 0 : _batches[^1].Last + 1;

        public override void Step()
        {
            if (_isOver)
                return;
            switch (Random.Next(20))
            {
                case < 7:
                    Append(Random.Next(1, 5));
                    break;
                case 7:
                    Roll();
                    break;
                case 8:
                    Assert.Equal(End, _log.Log.Flush().Value);
                    break;
                case 9 or 10:
                    FlushSlowly();
                    break;
                case 11:
                    LosePowerInFlush();
                    break;
                case 12:
                    Truncate();
                    break;
                case 13 or 14:
                    _isFull = !_isFull;
                    _log.Disk.FreeBytes = _isFull ? Random.Next(2000) : long.MaxValue;
                    break;
                case 15 or 16:
                    Rot();
                    break;
                case 17:
                    Close();
                    break;
                case 18:
                    Reopen(() => { }, lostPower: false);
                    break;
                default:
                    Reopen(_log.Disk.LosePower, lostPower: true);
                    break;
            }
            if (!_isOver)
                Check();
        }

        private void Append(int count)
        {
            var batches = Enumerable.Range(0, count).Select(i => Batches.Plain(Random.Next(1, 5), Random.Next(0, 300), 1000 + End + i)).ToArray();
            var results = new AppendResult[count];
            _log.Log.Append([.. batches.Select(batch => new AppendRequest(batch))], results, new LeaderEpoch(_epoch), _log.NowMs);
            for (var i = 0; i < count; i++)
            {
                if (results[i].Status == AppendStatus.DiskFull)
                {
                    Assert.True(_isFull);
                    continue;
                }
                Assert.Equal((AppendStatus.Appended, End), (results[i].Status, results[i].FirstOffset.Value));
                _batches.Add((results[i].FirstOffset.Value, results[i].LastOffset.Value, batches[i]));
            }
            Assert.Equal(End, _log.View.LogEndOffset.Value);
        }

        private void Roll() => Try(_log.Log.Roll);

        /// <summary>What is appended while an fsync runs is not part of it.</summary>
        private void FlushSlowly()
        {
            var (before, atStart) = (_log.Log.RecoveryPoint, End);
            DuringFsync(() =>
            {
                Assert.Equal(before, _log.Log.RecoveryPoint);
                Append(Random.Next(1, 4));
                return null;
            });

            Assert.Equal(atStart, _log.Log.Flush().Value);

            _log.Disk.Fault = null;
            Assert.Equal(atStart, _log.Log.RecoveryPoint.Value);
        }

        private void LosePowerInFlush()
        {
            var saved = Saved;
            DuringFsync(() =>
            {
                _log.Disk.LosePower();
                return new IOException("the power is gone");
            });
            try
            {
                _log.Log.Flush();
            }
            catch (DirectoryOfflineException)
            {
                // The point of the exercise.
            }
            _log.Disk.Fault = null;
            if (_log.State.IsOffline)
                Reopen(() => { }, lostPower: true, saved);
        }

        private void DuringFsync(Func<Exception?> then)
        {
            var isFirst = true;
            _log.Disk.Fault = (operation, path) =>
            {
                if (operation != "fsync" || !path.EndsWith(".log", StringComparison.Ordinal) || !isFirst)
                    return null;
                isFirst = false;
                return then();
            };
        }

        private void Truncate()
        {
            var to = Random.NextInt64(0, End + 1);
            var expected = _batches.Where(batch => batch.Last < to).Select(batch => batch.Last + 1).LastOrDefault();
            Try(() => _log.Log.TruncateTo(new Offset(to)));
            var end = _log.View.LogEndOffset.Value;
            if (end != expected && _hasRottenHeaders)
            {
                Assert.True(end <= to);
                _isOver = true;
                return;
            }
            Assert.Equal(expected, end);
            Forget(end);
            _epoch++;
        }

        /// <summary>A bit of what was flushed flips. The scrubber finds it.</summary>
        private void Rot()
        {
            var whole = _batches.Where(batch => batch.Last < _log.Log.RecoveryPoint.Value && !_rotten.Contains(batch.First)).ToList();
            if (_rotten.Count > 2 || whole.Count == 0)
                return;
            var (first, _, bytes) = whole[Random.Next(whole.Count)];
            var path = _log.Disk.Paths.Where(IsSegment).Where(path => BaseOffset(path) <= first).MaxBy(BaseOffset)!;
            var start = _batches.Where(batch => batch.First >= BaseOffset(path) && batch.First < first).Sum(batch => batch.Bytes.Length);
            var at = Random.Next(4) == 0 ? Random.Next(Records.RecordBatch.HeaderSize) : Random.Next(Records.RecordBatch.HeaderSize, bytes.Length);
            if (Unprotected.Contains(at))
                return;
            _log.Disk.FlipBit(path, start + at, Random.Next(8));
            _rotten.Add(first);
            _hasRottenHeaders |= at < Records.RecordBatch.HeaderSize;
            Scrub();
            Assert.Contains(_log.Log.CorruptRanges, range => range.File == path && range.Position <= start && range.Position + range.Length > start);
        }

        private void Scrub()
        {
            _scrubber.Scrub(_log.Log, default);
            Assert.Equal(_rotten.Count > 0, _log.Log.CorruptRanges.Count > 0);
        }

        private void Close()
        {
            if (_isFull)
                return;
            _log.CloseAndReopen();
            Reopened(_log.View.LogEndOffset.Value, End);
        }

        private OpenState Saved => new(false, _log.Log.RecoveryPoint, default, _log.View.HighWatermark);

        private void Reopen(Action fault, bool lostPower, OpenState? saved = null)
        {
            var state = saved ?? Saved;
            fault();
            try
            {
                _log.Reopen(state with { LostPower = lostPower });
            }
            catch (DiskFullException) when (_isFull && lostPower && state.RecoveryPoint.Value == 0)
            {
                // Not even the first segment was there any more, and there is no room for it.
                _isFull = false;
                _log.Disk.FreeBytes = long.MaxValue;
                _log.Reopen(state with { LostPower = lostPower });
            }
            if (lostPower && _log.View.LogEndOffset.Value > End)
            {
                // What a full disk refused was written in part, and cut; a power failure may take back the cut.
                _log.Log.TruncateTo(new Offset(End));
            }
            Reopened(_log.View.LogEndOffset.Value, lostPower ? state.RecoveryPoint.Value : End);
            _epoch++;
        }

        /// <summary>What a damaged header costs when a log is opened is said.</summary>
        private void Reopened(long end, long kept)
        {
            if (end > End || end < kept)
            {
                Assert.True(_hasRottenHeaders, $"{end} instead of {kept} to {End}: {_log.Report}");
                Assert.True(end > End || _log.Report?.Reason is not null);
                _isOver = true;
                return;
            }
            Forget(end);
            Scrub();
        }

        private void Forget(long end)
        {
            _batches.RemoveAll(batch => batch.Last >= end);
            _rotten.RemoveWhere(first => first >= end);
            _hasRottenHeaders &= _rotten.Count > 0;
            Assert.Equal(end, End);
        }

        private void Try(Action action)
        {
            try
            {
                action();
            }
            catch (DiskFullException) when (_isFull)
            {
                // Said, and nothing has changed.
            }
        }

        private void Check()
        {
            Assert.False(_log.State.IsOffline);
            Assert.Equal(End, _log.View.LogEndOffset.Value);
            var from = Random.NextInt64(0, End + 1);
            var result = _log.View.Read(new Offset(from), Random.Next(1, 4000), new Offset(End), atLeastOneBatch: true);
            var wanted = _batches.Where(batch => batch.Last >= from).ToList();
            if (result.Status == ReadStatus.Corrupt)
            {
                Assert.True(_rotten.Contains(wanted[0].First) || _hasRottenHeaders, $"offset {from} is not rotten");
                return;
            }
            Assert.Equal(ReadStatus.Ok, result.Status);
            var bytes = result.Slice.ToArray();
            result.Slice.Release();
            Assert.True(bytes.Length > 0 || from == End);
            var at = 0;
            foreach (var (first, _, batch) in wanted.TakeWhile(_ => at < bytes.Length))
            {
                Assert.False(_rotten.Contains(first), $"batch {first} is rotten and served");
                Assert.Equal(batch, bytes[at..Math.Min(bytes.Length, at + batch.Length)]);
                at += batch.Length;
            }
            Assert.Equal(bytes.Length, at);
        }

        private bool IsSegment(string path) => path.StartsWith(_log.Directory, StringComparison.Ordinal) && path.EndsWith(".log", StringComparison.Ordinal);

        private static long BaseOffset(string path) => long.Parse(Path.GetFileNameWithoutExtension(path), System.Globalization.CultureInfo.InvariantCulture);
    }
}
