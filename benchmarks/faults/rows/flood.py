"""A truck with a valid login sends large faults without end: counted to the last, few are kept."""

import time

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.raw_publisher import RawPublisher
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.traffic import compare, wait_for_stored
from ingest.decoding.wire import topic_of
from ingest.log.check import faults_of
from ingest.log.pinglog import PingLog

NAME = "flood"
WANTED = "others stored; all sent rejected = kept + only counted; kept <= its share"
EVERY_BROKER, EVERY_DATABASE = True, True

MESSAGES, PAYLOAD_BYTES = 15_600, 16_000
QUARANTINE_MIB = 64
_SHARE_BYTES = QUARANTINE_MIB * 1024 * 1024 // 64
"""What is kept of one vehicle in a day at most; midnight may part the flood in two."""
_FEWEST = 200
_WINDOW, _TRUCKS_WINDOW = 100, 20
"""Messages on their way: nats-server ends a connection whose next is not on disk within 5 s."""
_PATIENCE_S = 300.0
_POLL_S = 0.1


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Flood while all others report, and look what became of both."""
    messages = max(round(MESSAGES * scale), _FEWEST)
    good = messages // 2
    process = place.subscribed_ingest(settings={"quarantine_mib": str(QUARANTINE_MIB)})
    flooder = place.traffic.vehicles[0]
    payload = b'"' + b"x" * (PAYLOAD_BYTES - 1)
    began_s = time.monotonic()
    with (
        place.log() as log,
        place.trucks(_TRUCKS_WINDOW) as trucks,
        RawPublisher(place.broker.address, "truck-flooding", _WINDOW) as publisher,
    ):
        publisher.send(topic_of(flooder), [payload] * messages)
        trucks.send(place.traffic.messages(good))
        trucks.settle(_PATIENCE_S)
        is_sent = publisher.settle(_PATIENCE_S)
        stored = wait_for_stored(log, good, _PATIENCE_S)
        _wait_for_rejections(log, messages)
        took_s = time.monotonic() - began_s
        survived = process.running
        process.stop()
        outcome, counters, kept = (
            compare(log, place.traffic.sent),
            log.counters(),
            log.quarantine.rejected(),
        )
        counted = sum(counters.counted_by_code.values())
        # the servers of the bench sync to disk, but a check has a word for those that do not
        is_sound = not [fault for fault in faults_of(log) if "fsync" not in fault]
    return (
        Row(
            fault=NAME,
            done=f"{messages:,} messages of {PAYLOAD_BYTES / 1000:g} KB among {good:,} good ones",
            result=(
                f"{counters.rejected:,} rejected = {len(kept):,} kept + {counted:,} only counted; "
                f"{counters.quarantine_bytes / 1e6:.1f} MB kept; {took_s:.0f} s; {outcome}"
            ),
            wanted=WANTED,
            holds=(
                survived
                and is_sent
                and stored
                and is_sound
                and outcome.sound
                and counters.rejected == len(kept) + counted
                and counters.rejected >= messages  # more if the broker delivers some again
                and 0 < counters.quarantine_bytes <= 2 * _SHARE_BYTES
            ),
            figures={
                "flood": messages,
                "kept": len(kept),
                "counted": counted,
                "kept_bytes": counters.quarantine_bytes,
                **outcome.figures(),
            },
        ),
    )


def _wait_for_rejections(log: PingLog, count: int) -> None:
    until_s = time.monotonic() + _PATIENCE_S
    while log.counters().rejected < count and time.monotonic() < until_s:
        time.sleep(_POLL_S)
