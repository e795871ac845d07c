"""What befalls any gateway while trackers send: kills and cuts at random, and what came of it."""

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from benchmarks.faults.row import Figure, Row
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.tap import Tap
from benchmarks.faults.surroundings.traffic import compare, wait_for_stored
from ingest.log.pinglog import PingLog

PATIENCE_S = 60.0
_DOWN_S = 0.2


class Gateway(Protocol):
    """A process that can be killed."""

    kill: Callable[[], None]
    start: Callable[[], None]


class Trackers(Protocol):
    """Trackers that send, each until it is answered."""

    acknowledged: int
    again: Counter[str]
    wrong: list[str]

    @property
    def are_done(self) -> bool:
        """Whether all has been answered."""

    def wait(self) -> bool:
        """Wait until all is answered; False if nothing was for long."""


def kill_at_random(
    gateway: Gateway, trackers: Trackers, generator: random.Random, kills: int, share: int
) -> None:
    """Kill the gateway at random instants of `share` messages, and start it again at once."""
    for mark in _marks(generator, kills, share):
        _wait_for(trackers, mark)
        gateway.kill()
        gateway.start()


def cut_at_random(
    place: Surroundings,
    tap: Tap,
    trackers: Trackers,
    generator: random.Random,
    cuts: int,
    share: int,
) -> None:
    """Cut and stall its connection to the broker at random instants, and kill the broker."""
    kinds = ["cut", "stall", "kill", "cut"]
    for number, mark in enumerate(_marks(generator, cuts, share)):
        _wait_for(trackers, mark)
        kind = kinds[number % len(kinds)]
        if kind == "cut":
            tap.cut()
        elif kind == "stall":
            tap.stall()
            time.sleep(generator.uniform(0.1, 1.0))
            tap.flow()
        else:
            place.broker.kill()
            time.sleep(_DOWN_S)
            place.broker.start()


def outcome_of(
    place: Surroundings,
    trackers: Trackers,
    words: tuple[str, str, str],
    figures: dict[str, Figure],
) -> Row:
    """Wait until all is answered and stored, and compare; `words` are fault, done and wanted."""
    fault, done, wanted = words
    answered = trackers.wait()
    with place.log() as log:
        wait_for_stored(log, len(place.traffic.sent), PATIENCE_S)
        outcome = compare(log, place.traffic.sent)
    tell(f"{fault}: {outcome}")
    wrong = f"; {len(trackers.wrong)} wrong answers, {trackers.wrong[0]}" if trackers.wrong else ""
    again = ", ".join(f"{count} {why}" for why, count in trackers.again.most_common(3))
    return Row(
        fault=fault,
        done=done.format(answered=f"{trackers.acknowledged:,}"),
        result=f"{outcome}; asked again after {again or 'nothing'}{wrong}"
        + ("" if answered else "; NOT ALL ANSWERED"),
        wanted=wanted,
        holds=outcome.sound and answered and not trackers.wrong,
        figures={**figures, **outcome.figures(), "asked_again": trackers.again.total()},
    )


def wait_for_rejections(log: PingLog, count: int) -> None:
    """Wait until so many are refused, or long enough."""
    until_s = time.monotonic() + PATIENCE_S
    while log.counters().rejected < count and time.monotonic() < until_s:
        time.sleep(0.02)


def _marks(generator: random.Random, count: int, share: int) -> list[int]:
    return sorted(generator.randrange(share * 9 // 10) for _ in range(count))


def _wait_for(trackers: Trackers, count: int) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while trackers.acknowledged < count and not trackers.are_done and time.monotonic() < until_s:
        time.sleep(0.002)
