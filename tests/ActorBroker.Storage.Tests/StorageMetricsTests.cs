using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ActorBroker.Model;
using ActorBroker.Storage.Compaction;

namespace ActorBroker.Storage.Tests;

public sealed class StorageMetricsTests
{
    [Fact]
    public void Recovery_directories_and_compactions_are_counted()
    {
        using var metrics = new StorageMetrics();
        var seen = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                // Other tests of the process have meters of the same name.
                if (metrics.Owns(instrument))
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();

        metrics.DirectoryLoading("/a", 3, wasCleanShutdown: false);
        metrics.LogLoaded("/a", new TopicPartition("t", 0), 1, 3, new RecoveryReport(new TopicPartition("t", 0), 1000, 10, new Offset(5), "torn", 0));
        metrics.LogLoaded("/a", new TopicPartition("t", 1), 2, 3, null);
        metrics.DiskFullChanged("/a", true, 1);
        metrics.DirectoryOffline("/b", new IOException("broken"));
        metrics.Compacted(new CompactionResult(new Offset(9), 2, 1, 500, 200, 4, 6));
        listener.RecordObservableInstruments();

        Assert.Equal(3, seen["actorbroker.storage.recovery.logs.found"]);
        Assert.Equal(2, seen["actorbroker.storage.recovery.logs.loaded"]);
        Assert.Equal(1000, seen["actorbroker.storage.recovery.verified"]);
        Assert.Equal(10, seen["actorbroker.storage.recovery.cut"]);
        Assert.Equal(1, seen["actorbroker.storage.directories.full"]);
        Assert.Equal(1, seen["actorbroker.storage.directories.offline"]);
        Assert.Equal(300, seen["actorbroker.storage.compaction.reclaimed"]);

        metrics.DiskFullChanged("/a", false, 1000);
        listener.RecordObservableInstruments();
        Assert.Equal(0, seen["actorbroker.storage.directories.full"]);
    }
}
