#!/usr/bin/python3
"""Runs the client programs of this directory against a broker or a cluster and prints a line for each check they report (checks.py tells how).
Started by `run`, which has installed the clients."""
import argparse, concurrent.futures, json, os, subprocess, sys, threading, time

here = os.path.dirname(os.path.realpath(__file__))
COLUMNS = "%-17s %-42s %-8s %7.2f s  %s"
PYTHON = "/usr/bin/python3"  # Debian's own: its modules are not seen by other Pythons


def clients(a):
    """-> {name: (command, reason why it is skipped or None)}"""
    def program(name):
        return os.path.join(here, "clients", name)
    libs = os.path.join(a.kafka, "libs", "*") if a.kafka else ""
    absent = None if a.kafka and os.path.isdir(os.path.join(a.kafka, "libs")) else "../shared/peers/kafka is not beside this checkout"
    return {
        "kafka-tools": ([PYTHON, program("kafka_tools.py")], absent),
        "kafka-directory": ([PYTHON, program("kafka_directory.py")], absent),
        "java": (["java", "-Dlog4j2.configurationFile=" + os.path.join(a.kafka, "log4j2-tool.properties"), "-XX:TieredStopAtLevel=1",
                  "-cp", libs, program("JavaClient.java")], absent),
        "kafka-python": ([PYTHON, program("kafka_python.py")], None),
        "confluent-python": ([PYTHON, program("confluent_python.py")], None),
        "confluent-dotnet": (["dotnet", os.path.join(a.out, "confluent-dotnet", "ConfluentDotnet.dll")], None),
        "kafkajs": (["node", program("kafkajs.js")], None),
        "kcat": ([PYTHON, program("kcat.py")], None),
    }


class Report:
    """Collects results and prints them as they come, whole lines only."""

    def __init__(self, as_json):
        self.results, self.as_json, self.lock = [], as_json, threading.Lock()

    def add(self, client, check, result, seconds=0.0, detail=""):
        with self.lock:
            self.results.append(dict(client=client, check=check, result=result, seconds=seconds, detail=detail))
            if not self.as_json:
                print((COLUMNS % (client, check, result, seconds, detail)).rstrip(), flush=True)

    def count(self, result):
        return sum(r["result"] == result for r in self.results)

    def close(self):
        if self.as_json:
            print(json.dumps(self.results, indent=1))
        else:
            skipped = self.count("skipped")
            print("%d passed, %d failed" % (self.count("passed"), self.count("failed")) + (", %d skipped" % skipped if skipped else ""))
        return 1 if self.count("failed") or not self.count("passed") else 0


def run_client(name, command, a, report):
    env = dict(os.environ, INTEROP_BOOTSTRAP=a.bootstrap, INTEROP_RUN=a.run, INTEROP_REPLICATION=str(a.replication), INTEROP_RECORDS=str(200 if a.short else 2000), INTEROP_DATA_DIR=a.data_dir,
               INTEROP_KAFKA=a.kafka, PYTHONPATH=here, PYTHONDONTWRITEBYTECODE="1", NODE_PATH=os.path.join(a.out, "node_modules"), KAFKA_TIER="1")
    log = os.path.join(a.out, name + ".log")
    started, lines = time.monotonic(), 0
    with open(log, "w") as err:
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err, text=True)
        timer = threading.Timer(a.timeout, process.kill)
        timer.start()
        for line in process.stdout:
            try:
                r = json.loads(line)
                report.add(name, r["check"], r["result"], r["seconds"], r["detail"])
                lines += 1
            except (ValueError, KeyError, TypeError):
                err.write(line)
        code = process.wait()
        timer.cancel()
    if code or not lines:
        seconds = time.monotonic() - started
        why = "stopped after %d s" % a.timeout if seconds >= a.timeout else "exit code %d" % code
        report.add(name, "runs to its end", "failed", seconds, why + "; see " + log)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--bootstrap", required=True)
    p.add_argument("--data-dir", default="")
    p.add_argument("--out", required=True)
    p.add_argument("--replication", type=int, default=1)
    p.add_argument("--kafka", default="")
    p.add_argument("--only", default="")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--timeout", type=int, default=1800)
    p.add_argument("--short", action="store_true")
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    a.run = "i%x" % int(time.time())
    known, report = clients(a), Report(a.json)
    chosen = a.only.split(",") if a.only else list(known)
    if unknown := [n for n in chosen if n not in known]:
        p.error("unknown client %s; there are %s" % (", ".join(unknown), ", ".join(known)))
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        pending = []
        for name in chosen:
            command, reason = known[name]
            if reason:
                report.add(name, "all checks", "skipped", detail=reason)
            else:
                pending.append(pool.submit(run_client, name, command, a, report))
        for p in pending:
            p.result()
    sys.exit(report.close())


main()
