using Akka.Persistence.Files;

namespace Akka.Persistence.Tests;

/// <summary>The journal of files: restarts, torn tails, corruption, deletion, second writers.</summary>
public sealed class FileJournalTests : FileSpec
{
    [Fact]
    public async Task A_restart_finds_everything()
    {
        Action<Ledger> all = l => l.PersistAll(["b", "c"], l.Written);
        await Run("ledger", "c is 3", "a", all);
        Assert.Equal(["a was 1", "b was 2", "c was 3", "recovered at 3", "d is 4"], await Run("ledger", "d is 4", "d"));
    }

    [Fact]
    public async Task Deleted_events_stay_deleted_and_their_numbers_stay_used()
    {
        Action<Ledger> delete = l => l.DeleteMessages(l.LastSequenceNr);
        await Run("ledger", nameof(DeleteMessagesSuccess), "a", "b", delete);
        Assert.Equal(["recovered at 2", "c is 3"], await Run("ledger", "c is 3", "c"));
    }

    [Fact]
    public async Task Ids_of_any_length_and_letters_have_files()
    {
        foreach (var id in new[] { "/system/sharding/a b/..", new string('x', 400) + "1", new string('x', 400) + "2", "é" })
        {
            await Run(id, "a is 1", "a");
            Assert.Equal(["a was 1", "recovered at 1"], await Run(id, "recovered"));
        }
    }

    [Fact]
    public async Task What_cannot_be_serialised_is_rejected()
    {
        Action<Ledger> odd = l => l.Persist(new object(), _ => l.Note("written"));
        Assert.Equal(["recovered at 0", "rejected System.Object 1", "a is 2"], await Run("ledger", "a is 2", odd, "a"));
        Assert.Equal(["a was 2", "recovered at 2"], await Run("ledger", "recovered"));
    }

    [Fact]
    public async Task A_corrupt_record_is_refused_with_file_and_position()
    {
        await Run("ledger", "third is 3", "first", "second", "third");
        var bytes = File.ReadAllBytes(JournalPath);
        var second = bytes.AsSpan().IndexOf("second"u8);
        bytes[second] ^= 1;
        File.WriteAllBytes(JournalPath, bytes);
        var told = await Run("ledger", "no recovery");
        Assert.Contains(JournalPath, told[0]);
        Assert.Matches("at position [0-9]+ the CRC-32C of its body does not fit", told[0]);
        Assert.Equal(bytes, File.ReadAllBytes(JournalPath));
    }

    [Fact]
    public async Task A_corrupt_length_is_no_torn_tail()
    {
        await Open().AppendAsync([Record(1), Record(2)]);
        var path = Directory.GetFiles(Root).Single();
        var bytes = File.ReadAllBytes(path);
        var at = bytes.Length - Record(2).Bytes.Length;
        bytes[at + 2] = 0x7F;
        File.WriteAllBytes(path, bytes);
        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => Open().HighestAsync());
        Assert.Contains($"at position {at} the CRC-32C of its header does not fit", refusal.Message);
    }

    [Fact]
    public async Task A_tail_torn_anywhere_is_cut_to_the_last_whole_atomic_write()
    {
        await Open().AppendAsync([Record(1), Record(2, 3)]);
        var path = Directory.GetFiles(Root).Single();
        var whole = File.ReadAllBytes(path);
        var last = Record(2, 3).Bytes.Length;
        for (var cut = 1; cut < last; cut++)
        {
            File.WriteAllBytes(path, whole[..^cut]);
            Warnings.Clear();
            JournalFile file = Open();
            Assert.Equal([1L], await Numbers(file));
            Assert.Contains($"position {whole.Length - last}", Assert.Single(Warnings));
            await file.AppendAsync([Record(2)]);
            Assert.Equal([1L, 2L], await Numbers(Open()));
        }
    }

    [Fact]
    public async Task A_tail_of_zeros_is_cut()
    {
        await Open().AppendAsync([Record(1)]);
        var path = Directory.GetFiles(Root).Single();
        using (FileStream file = File.OpenWrite(path)) file.SetLength(file.Length + 10_000);
        Assert.Equal([1L], await Numbers(Open()));
    }

    [Fact]
    public async Task A_second_writer_is_refused()
    {
        JournalFile file = Open();
        await file.AppendAsync([Record(1), Record(2)]);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => file.AppendAsync([Record(2)]));
        Assert.Contains("another writer", refusal.Message);
        Assert.Equal([1L, 2L], await Numbers(file));
    }

    [Fact]
    public async Task A_mostly_deleted_file_is_rewritten()
    {
        JournalFile file = Open();
        for (var n = 1L; n <= 4000; n++) await file.AppendAsync([Record(n)]);
        var path = Directory.GetFiles(Root).Single();
        var before = new FileInfo(path).Length;
        await file.DeleteToAsync(3990);
        Assert.True(new FileInfo(path).Length < before / 2, $"{before} bytes became {new FileInfo(path).Length}");
        await file.AppendAsync([Record(4001)]);
        List<long> expected = [.. Enumerable.Range(3991, 11).Select(n => (long)n)];
        Assert.Equal(expected, await Numbers(file));
        Assert.Equal(expected, await Numbers(Open()));
        await file.DeleteToAsync(long.MaxValue);
        Assert.Empty(await Numbers(Open()));
        Assert.Equal(4001, await Open().HighestAsync());
    }

    [Fact]
    public async Task A_replay_has_bounds_and_a_maximum()
    {
        JournalFile file = Open();
        await file.AppendAsync([Record(1, 2, 3), Record(4), Record(5, 6)]);
        Assert.Equal([2L, 3L, 4L, 5L], await Numbers(file, 2, 5));
        Assert.Equal([2L, 3L], await Numbers(file, 2, 5, 2));
        Assert.Empty(await Numbers(file, 7));
    }

    [Fact]
    public async Task A_file_of_another_id_is_refused()
    {
        await Open("x").AppendAsync([Record(1)]);
        File.Move(Path.Combine(Root, "x.journal"), Path.Combine(Root, "y.journal"));
        await Assert.ThrowsAsync<InvalidDataException>(() => Open("y").HighestAsync());
    }

    [Fact]
    public async Task After_an_IO_error_the_file_is_not_used_again()
    {
        JournalFile file = Open();
        await file.AppendAsync([Record(1)]);
        var path = Path.Combine(Root, "x.journal");
        File.Delete(path);
        Directory.CreateDirectory(path);
        await Assert.ThrowsAnyAsync<Exception>(() => file.AppendAsync([Record(2)]));
        Directory.Delete(path);
        var refusal = await Assert.ThrowsAsync<IOException>(() => file.AppendAsync([Record(2)]));
        Assert.Contains("not used until the journal restarts", refusal.Message);
    }

    [Fact]
    public void The_record_format_is_frozen() => Assert.Equal(
        "45000000" + "381177A7" + "D9635A50" // length, CRC of the body, CRC of both
        + "02" + "0100000000000000" + "0100000000000000" + "01000000" // kind, first and last number, count
        + "0100000000000000" + "0500000000000000" + "06777269746572" + "04666F726D" // number, time, writer, adapter's manifest
        + "01000000" + "086D616E6966657374" + "03000000" + "0100FF", // serialiser, its manifest, payload
        Convert.ToHexString(Record(1).Bytes));
}

/// <summary>The snapshot store of files.</summary>
public sealed class LocalSnapshotStoreTests : FileSpec
{
    private static readonly Action<Ledger> Save = l => l.SaveSnapshot($"state {l.LastSequenceNr}");

    private string[] Files => [.. Directory.GetFiles(Path.Combine(Root, "snapshots")).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task A_restart_finds_the_newest_snapshot()
    {
        await Two();
        Assert.Equal(["snapshot state 2 at 2", "recovered at 2"], await Run("a-b", "recovered"));
        Assert.Equal(["recovered at 0"], await Run("a", "recovered"));
    }

    [Fact]
    public async Task A_corrupt_snapshot_is_passed_over()
    {
        await Two();
        Corrupt(Files[1]);
        Assert.Equal(["snapshot state 1 at 1", "b was 2", "recovered at 2"], await Run("a-b", "recovered"));
    }

    [Fact]
    public async Task Recovery_fails_when_no_snapshot_can_be_read()
    {
        await Two();
        Array.ForEach(Files, Corrupt);
        Assert.Equal(["no recovery: No snapshot of [a-b] could be loaded."], await Run("a-b", "no recovery"));
    }

    [Fact]
    public async Task Deleted_snapshots_have_no_files()
    {
        await Two();
        Action<Ledger> delete = l => l.DeleteSnapshots(new SnapshotSelectionCriteria(1));
        await Run("a-b", nameof(DeleteSnapshotsSuccess), delete);
        Assert.Contains("-2-", Assert.Single(Files));
    }

    private static void Corrupt(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private async Task Two()
    {
        await Run("a-b", nameof(SaveSnapshotSuccess), "a", Save);
        await Run("a-b", nameof(SaveSnapshotSuccess), "b", Save);
    }
}
