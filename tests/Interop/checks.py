"""What the Python clients share: the records that every client writes and expects, and how a check is reported.

A client of any language is a program that reads its target from the environment and prints one JSON line for each check:
    {"check": "produce zstd", "result": "passed" | "failed" | "skipped", "detail": "...", "seconds": 0.4}
INTEROP_BOOTSTRAP    host:port,…           INTEROP_RUN  prefix of every topic and group name of this run
INTEROP_REPLICATION  replicas of topics    INTEROP_RECORDS  records per check
INTEROP_DATA_DIR     the brokers' data directories, separated by commas; empty where they are not on this machine
"""
import json, os, sys, time, traceback

BOOTSTRAP = os.environ["INTEROP_BOOTSTRAP"]
RUN = os.environ["INTEROP_RUN"]
REPLICATION = int(os.environ["INTEROP_REPLICATION"])
DATA_DIRS = [d for d in os.environ["INTEROP_DATA_DIR"].split(",") if d]
RECORDS = int(os.environ["INTEROP_RECORDS"])
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
PARTITIONS = 3
NO_DATA = "the broker's data directory is not known; --data-dir tells it"
DEADLINE_SECONDS = 45


class Skipped(Exception):
    """A check that cannot run here; the message says why."""


def data_of(topic, partition):
    """A directory that holds the partition; with several replicas any of them does."""
    name = "%s-%d" % (topic, partition)
    return next(folder for d in DATA_DIRS if os.path.isdir(folder := os.path.join(d, name)))


def key(i):
    return "key-%d" % i


def value(i):
    return "value-%d-" % i + "abcdefghij" * (i % 20)


def partition(i):
    return i % PARTITIONS


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def equal(actual, expected, what):
    expect(actual == expected, "%s: expected %s, got %s" % (what, _cut(expected), _cut(actual)))


def _cut(x, most=300):
    s = repr(x)
    return s if len(s) <= most else s[:most] + "…"


def await_condition(condition, what, step=lambda: time.sleep(0.05), seconds=DEADLINE_SECONDS):
    """Calls `step` until `condition` holds; fails after the deadline."""
    end = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < end, "not within %d s: %s" % (seconds, what))
        step()


def check(name, action, *arguments):
    """Runs one check and prints its line. `action` may return a short detail."""
    started = time.monotonic()
    try:
        detail, result = action(*arguments) or "", "passed"
    except Skipped as reason:
        detail, result = str(reason), "skipped"
    except Exception as error:
        traceback.print_exc()
        detail, result = "%s: %s" % (type(error).__name__, error), "failed"
    line = {"check": name, "result": result, "detail": " ".join(detail.split()), "seconds": round(time.monotonic() - started, 2)}
    print(json.dumps(line), flush=True)
    return result == "passed"
