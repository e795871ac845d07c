"""Kills the broker while trucks publish and ingest reads; what it acknowledged must arrive."""

import random
import time

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.surroundings import Fleet, Surroundings
from benchmarks.faults.surroundings.traffic import compare, wait_for_stored
from tests.servers.mosquitto import Mosquitto

NAME = "kill-broker"
WANTED = "0 acknowledged messages lost"
EVERY_BROKER, EVERY_DATABASE = True, False

KILLS, MESSAGES = 20, 50_000
_SEED = 392
_DOWN_S = 0.2
_WINDOW = 100
_PATIENCE_S = 60.0


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Kill at random instants of the stream, and compare when all was acknowledged.

    Trucks send again what was not acknowledged, so in the end everything is; ingest may lag behind
    or not, as it happens.
    """
    kills, messages = max(round(KILLS * scale), 2), max(round(MESSAGES * scale), 1000)
    generator = random.Random(_SEED)
    process = place.subscribed_ingest()
    if isinstance(place.broker, Mosquitto):
        place.broker.save()  # it knows a new session after a kill only once it has saved
    in_flight = 0
    with place.trucks(_WINDOW) as trucks:
        marks = sorted(generator.randrange(messages) for _ in range(kills))
        trucks.send(place.traffic.messages(messages))
        for number, mark in enumerate(marks, start=1):
            _wait_for_acknowledged(trucks, mark)
            time.sleep(generator.uniform(0.0, 0.05))
            place.broker.kill()
            in_flight += trucks.acknowledged < messages
            tell(f"kill {number}: {trucks.acknowledged:,} of {messages:,} acknowledged")
            time.sleep(_DOWN_S)
            place.broker.start()
        trucks.settle()
        connections = trucks.connections
    with place.log() as log:
        wait_for_stored(log, messages, _PATIENCE_S)
        survived = process.running
        process.stop()
        outcome = compare(log, place.traffic.sent)
    return (
        Row(
            fault=NAME,
            done=(
                f"{kills} kills during {messages:,} acknowledged publishes, {in_flight} of them "
                f"before the last; {connections} connections of trucks; the broker had saved "
                "ingest's session before"
            ),
            result=str(outcome) + ("" if survived else "; ingest ended"),
            wanted=WANTED,
            holds=outcome.lost == 0 and survived,
            figures={"kills": kills, "messages": messages, **outcome.figures()},
        ),
    )


def _wait_for_acknowledged(trucks: Fleet, count: int) -> None:
    until_s = time.monotonic() + _PATIENCE_S
    while trucks.acknowledged < count and time.monotonic() < until_s:
        time.sleep(0.002)
