#!/usr/bin/python3
"""Apache Kafka itself opens partitions that our broker wrote: their files are copied while the broker runs, as a kill would leave them, put into the log
directory of a Kafka node (../shared/peers/kafka/cluster) in place of a topic's own, and everything is read through Kafka."""
import glob, os, re, shutil, socket, subprocess, tempfile

from checks import BOOTSTRAP, CODECS, DATA_DIRS, NO_DATA, RECORDS, REPLICATION, RUN, Skipped, await_condition, check, data_of, equal, expect

KAFKA = os.environ["INTEROP_KAFKA"]
TOPIC = RUN + "-directory"
COUNT = RECORDS // 2


def run(command, *arguments, text=None, seconds=180):
    done = subprocess.run([os.path.join(KAFKA, command), *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds,
                          stdin=subprocess.DEVNULL if text is None else None)
    expect(done.returncode == 0, "%s %s: exit %d: %s" % (command, " ".join(arguments), done.returncode, (done.stdout + done.stderr)[-400:]))
    return done.stdout


def tool(bootstrap, name, *arguments, **more):
    return run("tool", name, "--bootstrap-server", bootstrap, *arguments, **more)


def create(bootstrap, replicas, *more):
    tool(bootstrap, "topics", "--create", "--topic", TOPIC, "--partitions", "1", "--replication-factor", str(replicas), *more)


def write(bootstrap, codec, indexes):
    tool(bootstrap, "console-producer", "--topic", TOPIC, "--reader-property", "parse.key=true", "--reader-property", "key.separator=|", "--compression-codec", codec,
         "--batch-size", "500", text="".join("key-%d|value-%d\n" % (i, i) for i in indexes))


def read(bootstrap, count):
    """Offset, key and value of each record, in the order of the log."""
    output = tool(bootstrap, "console-consumer", "--topic", TOPIC, "--from-beginning", "--max-messages", str(count), "--timeout-ms", "60000",
                  "--formatter-property", "print.key=true", "--formatter-property", "print.offset=true")
    return [tuple(line.split("\t")) for line in output.splitlines() if line.startswith("Offset:")]


def free_port():
    """A port that is free, with the one that the launcher takes for the controller."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 101))
                return port
            except (OSError, OverflowError):
                pass


class Kafka:
    def __enter__(self):
        self.dir, self.port = tempfile.mkdtemp(prefix="interop-kafka."), free_port()
        self.bootstrap = "127.0.0.1:%d" % self.port
        return self

    def start(self):
        subprocess.run([KAFKA + "/cluster", "start", "--dir", self.dir, "--port", str(self.port)], stdout=subprocess.DEVNULL, check=True)
        await_condition(self.listens, "Kafka listens", seconds=120)

    def listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        subprocess.run([KAFKA + "/cluster", "stop", "--dir", self.dir], stdout=subprocess.DEVNULL, check=True)

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


def kafka_opens_our_directory():
    if not DATA_DIRS:
        raise Skipped(NO_DATA)
    create(BOOTSTRAP, REPLICATION, "--config", "segment.ms=100", "--config", "index.interval.bytes=100")
    for i, codec in enumerate(CODECS):
        write(BOOTSTRAP, codec, range(COUNT * i, COUNT * (i + 1)))
    expected = read(BOOTSTRAP, COUNT * len(CODECS))
    equal(len(expected), COUNT * len(CODECS), "records read from us")
    ours = data_of(TOPIC, 0)

    with Kafka() as kafka:
        kafka.start()
        create(kafka.bootstrap, 1)
        kafka.stop()
        theirs = os.path.join(kafka.dir, "data-1", TOPIC + "-0")
        metadata = open(theirs + "/partition.metadata").read()
        shutil.rmtree(theirs)
        shutil.copytree(ours, theirs)
        segments = len(glob.glob(theirs + "/*.log"))
        expect(segments > 3, "segments: %d" % segments)
        # The topic has an id of its own in each cluster; and without the mark of a clean stop Kafka checks every batch.
        open(theirs + "/partition.metadata", "w").write(metadata)
        os.remove(os.path.join(kafka.dir, "data-1", ".kafka_cleanshutdown"))
        kafka.start()
        equal(read(kafka.bootstrap, len(expected)), expected, "records read from Kafka")
        # Without an id: both clusters give out the same ids, and the log remembers the producers that had ours.
        tool(kafka.bootstrap, "console-producer", "--topic", TOPIC, "--command-property", "enable.idempotence=false", text="appended by Kafka\n")
        equal(re.findall(r":(\d+)$", tool(kafka.bootstrap, "get-offsets", "--topic", TOPIC), re.M), [str(len(expected) + 1)], "log end after an append by Kafka")
        log = open(os.path.join(kafka.dir, "1.log")).read()
        complaints = [line for line in log.splitlines() if TOPIC in line and re.search(r"\] (WARN|ERROR) ", line) and "Reloading" not in line]
        equal(complaints, [], "what Kafka's log complains of")
        return "%d records in %d segments" % (len(expected), segments)


check("Kafka opens a directory of ours", kafka_opens_our_directory)
