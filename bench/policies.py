"""Decisions a second of the policy engine beside Cedar and Rego: the same policy and requests, in one run."""

import argparse
import gc
import importlib.util
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.policy_cases import asks, partner_cases

NEEDED = {"cedarpy": "cedarpy", "regorus": "gordon-to-regorus"}
if missing := [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]:
    sys.exit(f"{' and '.join(missing)} not installed: pip install -r requirements-bench.txt")

from bench.policy_engines import ENGINES, Engine, Ours  # noqa: E402

SIZES = (10, 1_000, 10_000)
ROUNDS = 21
TURN_SECONDS = 0.06
_AT_A_TIME = 100


@dataclass(slots=True, kw_only=True)
class Lane:
    """One engine with one number of partners, and how fast it was in each round."""

    engine: Engine
    partners: int
    load_seconds: float
    prepared: list[object]
    rates: list[float] = field(default_factory=list)
    next: int = 0

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)


def main() -> int:
    """Prints a table, and as its last line the figures as JSON. 1 where the engines disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=5_000, help="that all engines have to answer alike")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lanes, disagreements = prepare(options.requests, options.seed)
    measure(lanes, options.rounds)
    report(lanes, options.requests, disagreements)
    return 1 if disagreements else 0


def prepare(requests: int, seed: int) -> tuple[list[Lane], int]:
    """Every engine at every size, loaded, and how many requests they do not all answer alike."""
    lanes, disagreements = [], 0
    for size in SIZES:
        partners = partner_cases(size)
        asked = asks(partners, requests, seed)
        answers = []
        for make in ENGINES:
            started = time.process_time()
            engine = make(partners)
            seconds = time.process_time() - started
            prepared = [engine.prepare(ask) for ask in asked]
            answers.append([engine.answer(engine.decide(each)) for each in prepared])
            lanes.append(Lane(engine=engine, partners=size, load_seconds=seconds, prepared=prepared))
        disagreements += sum(len(set(given)) > 1 for given in zip(*answers, strict=True))
    return lanes, disagreements


def measure(lanes: Sequence[Lane], rounds: int) -> None:
    """In each round every lane has a turn, in an order drawn anew: a slow moment of the machine hits no one engine."""
    # Three policies of ten thousand partners at once would be gone through for garbage in everyone's turn.
    gc.collect()
    gc.freeze()
    draw = random.Random(0)
    for _ in range(rounds):
        for lane in draw.sample(lanes, len(lanes)):
            lane.rates.append(_rate(lane))


def _rate(lane: Lane) -> float:
    """Through the requests from where the lane stopped, so that no small set of partners is warm."""
    decide, requests = lane.engine.decide, lane.prepared
    done, started = 0, time.process_time()
    while (spent := time.process_time() - started) < TURN_SECONDS:
        for _ in range(_AT_A_TIME):
            decide(requests[lane.next])
            lane.next = (lane.next + 1) % len(requests)
        done += _AT_A_TIME
    return done / spent


def report(lanes: Sequence[Lane], requests: int, disagreements: int) -> None:
    width = max(len(lane.engine.name) for lane in lanes)
    print(f"Decisions a second of process time, median of the rounds; {requests} requests compared at each size.")
    print(f"{'':{width}}  {'partners':>8}  {'decisions/s':>11}  {'load, s':>7}")
    for lane in lanes:
        print(f"{lane.engine.name:{width}}  {lane.partners:>8,}  {lane.rate:>11,.0f}  {lane.load_seconds:>7.2f}")
    figures: dict[str, float] = {}
    ours = {lane.partners: lane for lane in lanes if isinstance(lane.engine, Ours)}
    for size, lane in ours.items():
        best = max(other.rate for other in lanes if other.partners == size and other is not lane)
        figures[f"rate_{size}"] = round(lane.rate)
        figures[f"best_other_{size}"] = round(best)
        figures[f"ratio_{size}"] = round(lane.rate / best, 2)
    figures["flatness"] = round(ours[SIZES[-1]].rate / ours[SIZES[0]].rate, 3)
    figures["load_seconds_10000"] = round(ours[SIZES[-1]].load_seconds, 2)
    figures["disagreements"] = disagreements
    print(json.dumps(figures))


if __name__ == "__main__":
    sys.exit(main())
