"""Cuts, stalls and delays of the connection between ingest and its broker."""

import random
import time

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.ingest_process import IngestProcess
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.tap import Tap
from benchmarks.faults.surroundings.traffic import compare, wait_for_stored

NAME = "network"
WANTED = "a silent broker noticed within 10 s, all stored after"
EVERY_BROKER, EVERY_DATABASE = True, False

CUTS, STALLS, MESSAGES = 50, 10, 50_000
NOTICED_S = 10.0
_SEED = 385
_BETWEEN_S = 0.5
_STALL_PATIENCE_S = 30.0
_DELAY_S = 0.02
_POLL_S = 0.02
_PATIENCE_S = 60.0


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Cut and stall at random instants of a stream, in one run of ingest.

    A stall leaves a connection open and silent. It counts as noticed when ingest says that it has
    lost the connection.
    """
    cuts, stalls = max(round(CUTS * scale), 3), max(round(STALLS * scale), 1)
    messages = max(round(MESSAGES * scale), 1000)
    generator = random.Random(_SEED)
    noticed_s = []
    with Tap(place.broker.address) as tap, place.trucks() as trucks:
        process = place.subscribed_ingest(address=tap.address)
        faults = ["cut"] * cuts + ["stall"] * stalls
        generator.shuffle(faults)
        share = messages // (len(faults) + 1)
        for fault in faults:
            tap.delay_s = generator.choice((0.0, _DELAY_S))
            trucks.send(place.traffic.messages(share))
            time.sleep(generator.uniform(0.0, _BETWEEN_S))
            if fault == "cut":
                tap.cut()
            else:
                noticed_s.append(_stall(tap, process))
                tell(f"stall noticed after {noticed_s[-1]:.1f} s")
        tap.delay_s = 0.0
        trucks.send(place.traffic.messages(messages - share * len(faults)))
        trucks.settle()
        with place.log() as log:
            wait_for_stored(log, messages, _PATIENCE_S)
            survived = process.running
            process.stop()
            outcome = compare(log, place.traffic.sent)
    latest_s = max(noticed_s)
    return (
        Row(
            fault=NAME,
            done=f"{cuts} cuts, {stalls} stalls, delays over {messages:,} messages",
            result=f"stalls noticed within {latest_s:.1f} s; {outcome}",
            wanted=WANTED,
            holds=outcome.sound and latest_s <= NOTICED_S and survived,
            figures={"cuts": cuts, "stalls": stalls, "noticed_s": latest_s, **outcome.figures()},
        ),
    )


def _stall(tap: Tap, process: IngestProcess) -> float:
    """Stall a connection until ingest has noticed; the seconds that took."""
    while not process.is_connected:
        time.sleep(_POLL_S)  # it is not back yet from what was done to it before
    before, began_s = process.losses, time.monotonic()
    tap.stall()
    while process.losses == before and time.monotonic() - began_s < _STALL_PATIENCE_S:
        time.sleep(_POLL_S)
    took_s = time.monotonic() - began_s
    tap.flow()
    return took_s
