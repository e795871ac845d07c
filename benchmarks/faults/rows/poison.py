"""Messages of every rejection code among good ones: refused rightly, and nobody else waits."""

import time
from collections import Counter
from contextlib import ExitStack

import numpy as np

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.poison_samples import SETTINGS, samples
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.raw_publisher import RawPublisher
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.traffic import compare, wait_for_stored
from ingest.decoding.wire import encode, topic_of
from ingest.log.pinglog import PingLog

NAME = "poison"
WANTED = "all quarantined with the right code; good messages' p99 < 2 x baseline"
EVERY_BROKER, EVERY_DATABASE = True, True

MESSAGES, POISON_SHARE = 200_000, 0.1
MOST_RATIO = 2.0
MOST_RATE, LOAD = 1000.0, 0.3
"""Messages a second, with poison and without: at most, and as a share of what is possible here."""
_FEWEST = 600
_TICK_S = 0.02
_PATIENCE_S = 60.0


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Send good messages at a pace, then good ones and poison at the same pace; compare."""
    messages = max(round(MESSAGES * scale), _FEWEST)
    poison = round(messages * POISON_SHARE)
    retained = _retain(place)
    process = place.start_ingest(settings=SETTINGS)
    if not process.wait_until_subscribed():
        raise RuntimeError("ingest did not subscribe:\n" + "\n".join(process.lines))
    with place.log() as log:
        rate = _pace(place, log)
        baseline_ms, _ = _stream(place, log, messages, 0, rate)
        poisoned_ms, expected = _stream(place, log, messages, poison, rate)
        wait_for_stored(log, len(place.traffic.sent), _PATIENCE_S)
        expected.update(retained)
        _wait_for_rejections(log, expected.total())
        found = Counter(log.counters().rejected_by_code)
        survived = process.running
        process.stop()
        outcome = compare(log, place.traffic.sent)
    right = sum((found & expected).values())
    ratio = poisoned_ms / baseline_ms
    wrong = found - expected
    return (
        Row(
            fault=NAME,
            done=(
                f"{poison:,} of {messages:,} messages, {len(expected)} codes, "
                f"{rate:,.0f} messages/s"
            ),
            result=(
                f"{right:,} of {expected.total():,} quarantined with the right code; p99 "
                f"{poisoned_ms:.0f} ms, baseline {baseline_ms:.0f} ms, ratio {ratio:.2f}; {outcome}"
                + (f"; wrong: {dict(wrong)}" if wrong else "")
            ),
            wanted=WANTED,
            holds=found == expected and ratio < MOST_RATIO and outcome.sound and survived,
            figures={
                "poison": poison,
                "refused": expected.total(),
                "right": right,
                "p99_ms": poisoned_ms,
                "baseline_p99_ms": baseline_ms,
                **outcome.figures(),
            },
        ),
    )


def _retain(place: Surroundings) -> Counter[str]:
    """Leave a retained message at the broker before ingest comes; what must come of it.

    Mosquitto as it is shipped keeps none and ends the connection of who asks for it.
    """
    ping = place.traffic.ping(place.traffic.vehicles[0])
    with RawPublisher(place.broker.address, "truck-retaining", 1) as publisher:
        publisher.send(topic_of(ping.vehicle_id), [encode([ping])], retain=True)
        kept = publisher.settle(3.0)
    place.traffic.sent.clear()  # nobody had subscribed yet: it is never delivered as news
    return Counter({"retained": 1} if kept else {})


def _pace(place: Surroundings, log: PingLog) -> float:
    """Warm all up, and find a rate at which nothing queues on this machine with this broker."""
    began_s = time.monotonic()
    with place.trucks() as trucks:
        trucks.send(place.traffic.messages(_FEWEST))
        trucks.settle()
    wait_for_stored(log, len(place.traffic.sent), _PATIENCE_S)
    return min(_FEWEST / (time.monotonic() - began_s) * LOAD, MOST_RATE)


def _stream(
    place: Surroundings, log: PingLog, messages: int, poison: int, rate: float
) -> tuple[float, Counter[str]]:
    """Send at the pace and give the good messages' p99 in milliseconds, from sending to the log.

    Which of the messages are poison is spread evenly. A ping's event time is when it was sent.
    """
    kinds, vehicles = samples(), place.traffic.vehicles
    expected: Counter[str] = Counter()
    latencies_ms: list[float] = []
    _, sequence = log.read_pings_since(0)
    with ExitStack() as stack:
        trucks = stack.enter_context(place.trucks())
        poisoner = stack.enter_context(RawPublisher(place.broker.address, "truck-poison"))
        last_ms = dict.fromkeys(vehicles, 0)
        good = sent_poison = 0
        began_s = time.monotonic()
        while good + sent_poison < messages:
            due = min(round((time.monotonic() - began_s) * rate), messages)
            for number in range(good + sent_poison, due):
                if (number + 1) * poison // messages > sent_poison:
                    one = kinds[sent_poison % len(kinds)]
                    poisoner.send(one.topic, [one.payload])
                    expected[str(one.code)] += 1
                    sent_poison += 1
                    continue
                vehicle = vehicles[good % len(vehicles)]
                last_ms[vehicle] = max(time.time_ns() // 1_000_000, last_ms[vehicle] + 1)
                ping = place.traffic.ping(vehicle, last_ms[vehicle])
                trucks.of(vehicle).send(topic_of(vehicle), [encode([ping])])
                good += 1
            sequence = _note(log, sequence, latencies_ms)
            time.sleep(_TICK_S)
        until_s = time.monotonic() + _PATIENCE_S
        while len(latencies_ms) < good and time.monotonic() < until_s:
            sequence = _note(log, sequence, latencies_ms)
            time.sleep(_TICK_S)
        trucks.settle()
        poisoner.settle(_PATIENCE_S)
    p99_ms = float(np.percentile(latencies_ms, 99)) if latencies_ms else float("inf")
    tell(f"{messages:,} messages, {poison:,} poison: p99 {p99_ms:.0f} ms")
    return p99_ms, expected


def _note(log: PingLog, sequence: int, latencies_ms: list[float]) -> int:
    new, sequence = log.read_pings_since(sequence)
    now_ms = time.time_ns() / 1e6
    times = new["event_time"].to_numpy(dtype="datetime64[ms]").astype("int64")
    latencies_ms += (now_ms - times).tolist()
    return sequence


def _wait_for_rejections(log: PingLog, count: int) -> None:
    until_s = time.monotonic() + _PATIENCE_S
    while log.counters().rejected < count and time.monotonic() < until_s:
        time.sleep(_TICK_S)
