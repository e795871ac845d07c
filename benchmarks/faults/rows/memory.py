"""Huge payloads, deep nesting, overload: ingest must not grow, and must take what follows."""

import time
from collections.abc import Callable

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.ingest_process import IngestProcess
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.raw_publisher import RawPublisher
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.traffic import compare, wait_for_stored
from ingest.decoding.wire import topic_of

NAME = "memory"
WANTED = "memory grows < 50 MB; next good message stored"
EVERY_BROKER, EVERY_DATABASE = True, True

GROWTH_MB = 50.0
HUGE_BYTES, LARGE_BYTES, LARGE_COUNT, DEPTH = 50_000_000, 1_000_000, 100, 200_000
OVERLOAD, OVERLOAD_BURST = 20_000, 100
_WARM = 4_000
_REFUSED_S = 15.0
_PATIENCE_S = 180.0


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Warm ingest up, then do each to it, with a good message after each."""
    process = place.subscribed_ingest()
    overload = max(round(OVERLOAD * scale), 1000)
    with place.log() as log, place.trucks() as trucks:
        # what a running ingest has met: single pings, bursts and refusals
        trucks.send(place.traffic.messages(_WARM))
        trucks.send(place.traffic.messages(200, OVERLOAD_BURST))
        trucks.settle()
        wait_for_stored(log, len(place.traffic.sent), _PATIENCE_S)
        rows = []
        attacks: list[tuple[str, Callable[[], None]]] = [
            (f"{HUGE_BYTES / 1e6:g} MB payload", lambda: _huge(place)),
            (f"{LARGE_COUNT} x {LARGE_BYTES / 1e6:g} MB", lambda: _send_raw(place, _large())),
            (f"JSON nested {DEPTH:,} deep", lambda: _send_raw(place, [b"[" * DEPTH])),
            (
                f"{overload:,} bursts at once",
                lambda: trucks.send(place.traffic.messages(overload, OVERLOAD_BURST)),
            ),
        ]
        for what, attack in attacks:
            base_mb = process.memory_mb()
            process.forget_peak()
            attack()
            trucks.send(place.traffic.messages(len(place.traffic.vehicles)))
            trucks.settle(_PATIENCE_S)
            stored = wait_for_stored(log, len(place.traffic.sent), _PATIENCE_S)
            rows.append(_row(what, process, base_mb, stored=stored))
        process.stop()
        outcome = compare(log, place.traffic.sent)
    tell(f"memory: {outcome}")
    return tuple(rows)


def _row(what: str, process: IngestProcess, base_mb: float, *, stored: bool) -> Row:
    if not process.running:
        told = "ingest ended: " + " / ".join(list(process.lines)[-3:])
        return Row(f"{NAME}: {what}", "", told, WANTED, holds=False)
    growth_mb = process.memory_mb(peak=True) - base_mb
    return Row(
        fault=f"{NAME}: {what}",
        done=f"to a warm ingest of {base_mb:.0f} MB",
        result=(
            f"grew {growth_mb:.0f} MB at most; next good message "
            + ("stored" if stored else "NOT stored")
        ),
        wanted=WANTED,
        holds=growth_mb < GROWTH_MB and stored,
        figures={"base_mb": base_mb, "growth_mb": growth_mb},
    )


def _large() -> list[bytes]:
    return [b'"' + b"x" * LARGE_BYTES + b'"'] * LARGE_COUNT


def _send_raw(place: Surroundings, payloads: list[bytes]) -> None:
    """Publish what the broker lets through, for ingest to refuse."""
    vehicle = place.traffic.vehicles[0]
    with RawPublisher(place.broker.address, "truck-large", 10) as publisher:
        publisher.send(topic_of(vehicle), payloads)
        publisher.settle(_REFUSED_S)


def _huge(place: Surroundings) -> None:
    """Publish what both brokers refuse: they end the connection."""
    with RawPublisher(place.broker.address, "truck-huge", 1) as publisher:
        publisher.send(topic_of(place.traffic.vehicles[0]), [b"x" * HUGE_BYTES])
        until_s = time.monotonic() + _REFUSED_S
        while publisher.connections < 2 and time.monotonic() < until_s:
            if publisher.settle(0.1):
                return
