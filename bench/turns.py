"""Turns a second of this bot beside the SDK's plain echo bot: the same connector, the same load, authentication on.

The bot has one core for itself; connector, directory and load share another.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.connector import SLOW_SECONDS
from bench.identity import Signer
from bench.load import Measured, Plan

CLIENTS = (1, 16, 64)
WARM_UP_SECONDS = 1.0
ROUNDS = 3

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What is said to a bot, over and over. Each turn must be answered with an activity."""

    bot: str
    name: str
    first: tuple[str, ...]
    texts: tuple[str, ...]


TALKS = (
    Talk(bot="plain", name="SDK, echo", first=(), texts=("my requests",)),
    Talk(bot="ours", name="read", first=("help",), texts=("my requests",)),
    # An answer, and back to its question: each is a turn that stores the draft, synced to disk.
    Talk(
        bot="ours",
        name="write",
        first=("request access",),
        texts=("ana@fabrikam.com", "back"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One cell of the tables: the median round's figures."""

    bot: str
    talk: str
    connector: str
    clients: int
    rate: float
    """Turns a second."""
    p50: float
    """Milliseconds."""
    p99: float
    cpu: float
    """Milliseconds of the bot's process a turn."""
    memory: float
    """MiB resident."""
    failed: int


class Bench:
    """The processes, and one measurement."""

    def __init__(self, stack: ExitStack, folder: Path, measure: float) -> None:
        cores = sorted(os.sched_getaffinity(0))
        self._bot_core, self._other_cores = {cores[0]}, set(cores[1:]) or {cores[0]}
        self._stack = stack
        self._folder = folder
        self._measure = measure
        self._last_start = 0.0
        self._signer = Signer.new()
        keys = folder / "keys.json"
        keys.write_bytes(self._signer.jwks())
        self.connector_port = int(self._start("bench.connector", [str(keys)], self._other_cores)[1])

    def bot(
        self, name: str, prepare: Callable[[Path], None] = lambda folder: None
    ) -> tuple[subprocess.Popen[str], int]:
        """A fresh process of a bot, and its port. `prepare`: fills the folder of ours before it starts."""
        port = _free_port()
        if name == "plain":
            process, _ = self._start("bench.plain", [str(self.connector_port), str(port)], self._bot_core)
            return process, port
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        prepare(folder)
        addresses = json.loads(self._start("bench.directory", [str(folder)], self._other_cores)[1])
        given = {
            "port": port,
            "connector_port": self.connector_port,
            "addresses": addresses,
            "folder": str(folder),
        }
        process, _ = self._start("bench.ours", [json.dumps(given)], self._bot_core)
        return process, port

    def timed_bot(self, prepare: Callable[[Path], None]) -> tuple[subprocess.Popen[str], int, float]:
        """Ours, with the seconds from its process's start until it listens."""
        process, port = self.bot("ours", prepare)
        return process, port, self._last_start

    def measured(self, process: subprocess.Popen[str], port: int, talk: Talk, connector: str, clients: int) -> Row:
        service_url = f"http://127.0.0.1:{self.connector_port}/{connector}/"
        plan = Plan(
            port=port,
            token=self._signer.token(service_url),
            service_url=service_url,
            clients=clients,
            first=list(talk.first),
            texts=list(talk.texts),
            warm_up=WARM_UP_SECONDS,
            measure=self._measure,
        )
        rounds = [self._round(process, plan) for _ in range(ROUNDS)]
        middle = statistics.median_low([measured.turns / measured.seconds for measured, _ in rounds])
        measured, cpu = next(each for each in rounds if each[0].turns / each[0].seconds == middle)
        failed = sum(each.failed for each, _ in rounds)
        if failed:
            reason = next(each.first_failure for each, _ in rounds if each.failed)
            raise SystemExit(f"{failed} turns of {talk.bot}/{talk.name} failed: {reason}")
        return Row(
            bot=talk.bot,
            talk=talk.name,
            connector=connector,
            clients=clients,
            rate=measured.turns / measured.seconds,
            p50=measured.p50,
            p99=measured.p99,
            cpu=cpu / max(1, measured.turns) * 1000,
            memory=resident(process.pid),
            failed=failed,
        )

    def _round(self, process: subprocess.Popen[str], plan: Plan) -> tuple[Measured, float]:
        sends = self._sends()
        load = _spawn("bench.load", [], self._other_cores, stdin=subprocess.PIPE)
        assert load.stdin is not None
        assert load.stdout is not None
        load.stdin.write(json.dumps(asdict(plan)))
        load.stdin.close()
        _expect(load.stdout.readline(), "measuring")
        before = _cpu_seconds(process.pid)
        _expect(load.stdout.readline(), "measured")
        cpu = _cpu_seconds(process.pid) - before
        measured = Measured(**json.loads(load.stdout.readline()))
        load.wait()
        if (sent := self._sends() - sends) < measured.answered:
            raise SystemExit(f"{measured.answered} turns were answered, but only {sent} activities sent")
        return measured, cpu

    def _sends(self) -> int:
        """How many activities the connector has taken so far."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.connector_port}/sends", timeout=5) as answer:
            return int(answer.read())

    def _start(self, module: str, arguments: Sequence[str], cores: set[int]) -> tuple[subprocess.Popen[str], str]:
        began = time.monotonic()
        process = _spawn(module, arguments, cores)
        self._stack.callback(end, process)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{module} did not start")
        self._last_start = time.monotonic() - began
        return process, line.strip()


def _spawn(
    module: str, arguments: Sequence[str], cores: set[int], *, stdin: int | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )


def _expect(line: str, word: str) -> None:
    if line.strip() != word:
        raise SystemExit(f"the load ended early: {line!r}")


def end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def benched(measure: float) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="partner-access-bench-") as folder, ExitStack() as stack:
        yield Bench(stack, Path(folder), measure)


def run(measure: float, bots: Sequence[str]) -> list[Row]:
    rows = []
    with benched(measure) as bench:
        for name in bots:
            process, port = bench.bot(name)
            for talk in (talk for talk in TALKS if talk.bot == name):
                for connector in ("fast", "slow"):
                    for clients in CLIENTS:
                        row = bench.measured(process, port, talk, connector, clients)
                        rows.append(row)
                        print(_line(row), flush=True)
            end(process)
    return rows


def _line(row: Row) -> str:
    return (
        f"{row.bot:6} {row.talk:10} {row.connector:5} {row.clients:8} {row.rate:9.0f} {row.p50:9.1f} {row.p99:9.1f}"
        f" {row.cpu:9.2f} {row.memory:9.0f}"
    )


def ratios(rows: Sequence[Row]) -> dict[str, float]:
    """Ours to the plain bot's, turns a second, for each talk, connector and number of clients."""
    plain = {(row.connector, row.clients): row.rate for row in rows if row.bot == "plain"}
    found = {}
    for row in rows:
        if row.bot == "ours" and (row.connector, row.clients) in plain:
            slow = "_slow" if row.connector == "slow" else ""
            found[f"{row.talk}_ratio_{row.clients}{slow}"] = round(row.rate / plain[row.connector, row.clients], 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each of the rounds is measured")
    parser.add_argument("--only", choices=("plain", "ours"), help="one of the bots; no ratios then")
    given = parser.parse_args()
    began = time.monotonic()
    print(f"Slow means that the connector takes {SLOW_SECONDS * 1000:.0f} ms. Median of {ROUNDS} rounds.")
    print(
        f"{'bot':6} {'turn':10} {'conn.':5} {'clients':>8} {'turns/s':>9} {'p50 ms':>9} {'p99 ms':>9} {'CPU ms':>9}"
        f" {'RSS MiB':>9}"
    )
    rows = run(given.seconds, [given.only] if given.only else ["plain", "ours"])
    found = ratios(rows)
    for name, ratio in found.items():
        print(f"{name:24} {ratio:6.1f}")
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    print(json.dumps(found | {"rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
