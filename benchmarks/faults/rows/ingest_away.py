"""Messages queue at the broker while ingest is away."""

import time

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.traffic import compare, wait_for_stored

NAME = "ingest-away"
WANTED = "all stored after return"
EVERY_BROKER, EVERY_DATABASE = True, True

MESSAGES = 100_000
_WINDOW = 20
"""Messages on their way: nats-server ends a connection whose next is not on disk within 5 s."""
_PATIENCE_S = 60.0
_SETTLE_S = 900.0


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Queue, start ingest, and compare."""
    messages = max(round(MESSAGES * scale), 1000)
    place.make_session()
    with place.trucks(_WINDOW) as trucks:
        trucks.send(place.traffic.messages(messages))
        trucks.settle(_SETTLE_S)
    began_s = time.monotonic()
    process = place.subscribed_ingest()
    with place.log() as log:
        wait_for_stored(log, messages, _PATIENCE_S)
        took_s = time.monotonic() - began_s
        process.stop()
        outcome = compare(log, place.traffic.sent)
    return (
        Row(
            fault=NAME,
            done=f"{messages:,} messages queued before ingest came back",
            result=f"{outcome}; {took_s:.1f} s from its start to the last commit",
            wanted=WANTED,
            holds=outcome.sound,
            figures={"messages": messages, "drained_s": took_s, **outcome.figures()},
        ),
    )
