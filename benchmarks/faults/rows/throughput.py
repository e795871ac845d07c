"""How fast pings become durable, beside a bare subscriber that takes the same queue."""

import subprocess
import sys
import time
from statistics import harmonic_mean

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.traffic import compare

NAME = "throughput"
WANTED = ">= 0.5 of the bare subscriber"
WANTED_BURSTS = ">= 100,000 pings/s, nothing lost"
EVERY_BROKER, EVERY_DATABASE = True, True

MESSAGES, BURSTS, BURST = 60_000, 10_000, 100
ROUNDS = 4
LEAST_RATIO, LEAST_PINGS_A_SECOND = 0.5, 100_000
_BARE_ID = "bare-subscriber"
_POLL_S = 0.02
_PATIENCE_S = 600.0


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Fill the queues of both and let each drain its own alone, in turns the first.

    Who comes second is slower, as the broker then forgets messages; both are so equally often.
    """
    messages, bursts = max(round(MESSAGES * scale), 1000), max(round(BURSTS * scale), 100)
    place.make_session()
    _bare(place, 0)
    single = [_round(place, messages, 1, bare_first=bool(n % 2)) for n in range(ROUNDS)]
    several = [_round(place, bursts, BURST, bare_first=bool(n % 2)) for n in range(ROUNDS)]
    with place.log() as log:
        outcome = compare(log, place.traffic.sent)
    ours, bare = (harmonic_mean(rates) for rates in zip(*single, strict=True))
    ratio = ours / bare
    fast = harmonic_mean([pair[0] for pair in several])
    return (
        Row(
            fault=NAME,
            done=f"{ROUNDS} x {messages:,} queued messages of one ping",
            result=f"ratio {ratio:.2f}: {ours:,.0f} durable pings/s, bare {bare:,.0f}/s",
            wanted=WANTED,
            holds=ratio >= LEAST_RATIO and outcome.sound,
            figures={"ratio": ratio, "pings_a_second": ours, "bare_a_second": bare},
        ),
        Row(
            fault=f"{NAME}, bursts",
            done=f"{ROUNDS} x {bursts:,} queued messages of {BURST} pings",
            result=f"{fast:,.0f} durable pings/s; {outcome}",
            wanted=WANTED_BURSTS,
            holds=fast >= LEAST_PINGS_A_SECOND and outcome.sound,
            figures={"pings_a_second": fast, **outcome.figures()},
        ),
    )


def _round(
    place: Surroundings, messages: int, burst: int, *, bare_first: bool
) -> tuple[float, float]:
    """Queue messages for both, and give pings a second of ingest and of the bare subscriber."""
    with place.trucks(window=1000) as trucks:
        trucks.send(place.traffic.messages(messages, burst))
        trucks.settle(_PATIENCE_S)
    seconds = {}
    for bare in (bare_first, not bare_first):
        seconds[bare] = _bare(place, messages) if bare else _ours(place)
    ours, bare_only = (messages * burst / seconds[who] for who in (False, True))
    tell(f"{messages:,} x {burst}: {ours:,.0f} pings/s durable, bare {bare_only:,.0f}/s")
    return ours, bare_only


def _ours(place: Surroundings) -> float:
    """Seconds from the reception of the first message to the commit of the last."""
    with place.log() as log:
        _, before = log.read_pings_since(0)
        wanted = len(place.traffic.sent)
        process = place.start_ingest()
        until_s = time.monotonic() + _PATIENCE_S
        while log.counters().stored < wanted:
            if time.monotonic() > until_s or not process.running:
                raise RuntimeError("ingest did not drain:\n" + "\n".join(process.lines))
            time.sleep(_POLL_S)
        done_ms = time.time_ns() / 1e6
        process.stop()
        new, _ = log.read_pings_since(before)
    first_ms = float(new["received_time"].min().timestamp()) * 1000
    return (done_ms - first_ms) / 1000


def _bare(place: Surroundings, messages: int) -> float:
    address = place.broker.address
    told = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.faults.surroundings.bare_subscriber"),
            *(address.host, str(address.port), _BARE_ID, str(messages)),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
    )
    return float(told.stdout)
