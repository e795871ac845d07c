"""Kills ingest at random instants, in its start-up too, while messages keep coming."""

import random
import time

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.surroundings import Fleet, Surroundings
from benchmarks.faults.surroundings.traffic import Payloads, compare, wait_for_stored
from ingest.fault import LogError
from ingest.log.pinglog import PingLog

NAME = "kill-ingest"
WANTED = "0 lost, 0 duplicate rows, conservation holds"
EVERY_BROKER, EVERY_DATABASE = True, True

KILLS, MESSAGES = 200, 200_000
_SEED = 384
_PACE_S = 0.01
_DRAIN_S = 60.0


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Kill as often as the scale says; then let ingest drain, and compare."""
    kills, messages = max(round(KILLS * scale), 3), max(round(MESSAGES * scale), 600)
    generator = random.Random(_SEED)
    began_s = time.monotonic()
    place.subscribed_ingest().stop()  # makes the session
    start_up_s = time.monotonic() - began_s
    in_flight, in_start_up, broken = 0, 0, 0
    with place.log() as log, place.trucks() as trucks:
        share = messages // kills
        for number in range(kills):
            count = share if number < kills - 1 else messages - share * (kills - 1)
            payloads = place.traffic.messages(count)
            subscribed = _one_life(place, trucks, payloads, generator, start_up_s)
            in_start_up += not subscribed
            stored, balanced = _look(log)
            in_flight += stored < trucks.acknowledged
            broken += not balanced
            if number % 10 == 9:
                tell(f"{number + 1} kills, {stored:,} of {len(place.traffic.sent):,} stored")
        trucks.settle()
    last = place.subscribed_ingest()
    with place.log() as log:
        wait_for_stored(log, messages, _DRAIN_S)
        last.stop()
        outcome = compare(log, place.traffic.sent)
    return (
        Row(
            fault=NAME,
            done=(
                f"{kills} kills over {messages:,} messages; {in_start_up} of them in start-up, "
                f"{in_flight} with messages in flight"
            ),
            result=str(outcome) + (f"; broken after {broken} kills" if broken else ""),
            wanted=WANTED,
            holds=outcome.sound and not broken,
            figures={
                "kills": kills,
                "messages": messages,
                "in_flight": in_flight,
                "in_start_up": in_start_up,
                **outcome.figures(),
            },
        ),
    )


def _one_life(
    place: Surroundings,
    trucks: Fleet,
    payloads: Payloads,
    generator: random.Random,
    start_up_s: float,
) -> bool:
    """Start ingest, send, and kill it; True if it had subscribed by then.

    One life in eight ends in start-up. The others end at once after the subscription, within the
    first batches, or in the steady state, while messages trickle in until the very end.
    """
    kind = generator.random()
    process = place.start_ingest()
    if kind < 1 / 8:
        trucks.send(payloads)
        time.sleep(generator.uniform(0.0, start_up_s))
        process.kill()
        return process.subscriptions > 0
    waiting, trickling = _split(payloads, generator.random())
    trucks.send(waiting)  # and waits for ingest at the broker
    if not process.wait_until_subscribed():
        raise RuntimeError("ingest did not subscribe:\n" + "\n".join(process.lines))
    life_s = generator.uniform(0.0, 0.03 if kind < 3 / 8 else 0.3 if kind < 6 / 8 else 1.5)
    _trickle(trucks, trickling, life_s)
    process.kill()
    return True


def _split(payloads: Payloads, share: float) -> tuple[Payloads, Payloads]:
    cut = {vehicle: round(len(own) * share) for vehicle, own in payloads.items()}
    return (
        {vehicle: own[: cut[vehicle]] for vehicle, own in payloads.items()},
        {vehicle: own[cut[vehicle] :] for vehicle, own in payloads.items()},
    )


def _trickle(trucks: Fleet, payloads: Payloads, life_s: float) -> None:
    """Send evenly over a time, and return at its end."""
    began_s = time.monotonic()
    gone = dict.fromkeys(payloads, 0)
    while True:
        passed = min((time.monotonic() - began_s) / life_s, 1.0) if life_s else 1.0
        for vehicle, own in payloads.items():
            until = round(len(own) * passed)
            trucks.send({vehicle: own[gone[vehicle] : until]})
            gone[vehicle] = until
        if passed == 1.0:
            return
        time.sleep(_PACE_S)


def _look(log: PingLog) -> tuple[int, bool]:
    try:
        counters = log.counters()
    except LogError:
        return 0, False
    return counters.stored, counters.balanced
