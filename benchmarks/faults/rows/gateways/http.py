"""The HTTP gateway killed, cut off from its broker, and fed poison, while trackers ask it."""

import random
import time
from collections import Counter

from benchmarks.faults.row import Figure, Row
from benchmarks.faults.rows.gateways.gateway_process import GatewayProcess, Trackers
from benchmarks.faults.rows.gateways.ordeal import (
    cut_at_random,
    kill_at_random,
    outcome_of,
    wait_for_rejections,
)
from benchmarks.faults.rows.gateways.requests import PROTOCOLS, SETTINGS, Asked, poison
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.tap import Tap
from tests.servers.mosquitto import Mosquitto

NAME = "gateway-http"
WANTED = "0 acknowledged lost; poison under its code, by the gateway or in the quarantine"
EVERY_BROKER, EVERY_DATABASE = True, False

KILLS, CUTS, MESSAGES, POISON_SHARE = 40, 40, 40_000, 0.1
_SEED = 393
_STEP_MS = 1000


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Run the three, one after the other, with one ingest."""
    process = place.subscribed_ingest(settings=SETTINGS)
    if isinstance(place.broker, Mosquitto):
        place.broker.save()  # it knows a new session after a kill only once it has saved
    share = max(round(MESSAGES * scale / 3), 240)
    generator = random.Random(_SEED)
    rows = (
        _killed(place, generator, max(round(KILLS * scale), 2), share),
        _cut_off(place, generator, max(round(CUTS * scale), 4), share),
        _poisoned(place, share),
    )
    process.stop()
    return rows


def _killed(place: Surroundings, generator: random.Random, kills: int, share: int) -> Row:
    """Kill the gateway at random instants."""
    with (
        GatewayProcess(place.folder, place.broker.address) as gateway,
        Trackers(gateway.port, _sound(place, share)) as trackers,
    ):
        kill_at_random(gateway, trackers, generator, kills, share)
        return _outcome(place, trackers, "kill", f"{kills} kills of the gateway", {"kills": kills})


def _cut_off(place: Surroundings, generator: random.Random, cuts: int, share: int) -> Row:
    """Cut and stall its connection at random instants, and kill the broker."""
    with (
        Tap(place.broker.address) as tap,
        GatewayProcess(place.folder, tap.address) as gateway,
        Trackers(gateway.port, _sound(place, share)) as trackers,
    ):
        cut_at_random(place, tap, trackers, generator, cuts, share)
        done = f"{cuts} cuts, stalls and kills of the broker"
        return _outcome(place, trackers, "cut", done, {"cuts": cuts})


def _poisoned(place: Surroundings, share: int) -> Row:
    """Mix what is to be refused among sound requests."""
    sound = _sound(place, share)
    sample = place.traffic.ping(place.traffic.vehicles[0])
    place.traffic.sent.discard((sample.vehicle_id, sample.event_time_ms, sample.longitude))
    kinds = poison(sample)
    every = round(1 / POISON_SHARE)
    mixed, number, expected = list[list[Asked]](), 0, Counter[str]()
    for own in sound:
        queue = list[Asked]()
        for place_in_line, asked in enumerate(own):
            queue.append(asked)
            if place_in_line % every == 0:
                bad = kinds[number % len(kinds)]
                queue.append(bad)
                if bad.status == 200:
                    expected[bad.code] += 1
                number += 1
        mixed.append(queue)
    with place.log() as log:
        before = Counter(log.counters().rejected_by_code)
    with (
        GatewayProcess(place.folder, place.broker.address) as gateway,
        Trackers(gateway.port, mixed) as trackers,
    ):
        row = _outcome(place, trackers, "poison", f"{number} bad requests", {"poison": number})
        survived = gateway.running
    with place.log() as log:
        wait_for_rejections(log, before.total() + expected.total())
        found = Counter(log.counters().rejected_by_code) - before
    right = sum((found & expected).values())
    return Row(
        fault=row.fault,
        done=row.done,
        result=f"{right} of {expected.total()} quarantined with the right code; {row.result}",
        wanted=row.wanted,
        holds=row.holds and found == expected and survived,
        figures={**row.figures, "quarantined": expected.total(), "right": right},
    )


def _sound(place: Surroundings, share: int) -> list[list[Asked]]:
    """Make sound requests for each vehicle; times are whole seconds, as OwnTracks tells them."""
    vehicles = place.traffic.vehicles
    first_ms = (time.time_ns() // 1_000_000 // _STEP_MS - 48 * 3600) * _STEP_MS
    first_ms += len(place.traffic.sent) // len(vehicles) * _STEP_MS
    made = []
    for vehicle in vehicles:
        pings = [
            place.traffic.ping(vehicle, first_ms + turn * _STEP_MS)
            for turn in range(share // len(vehicles))
        ]
        made.append([PROTOCOLS[turn % len(PROTOCOLS)](ping) for turn, ping in enumerate(pings)])
    return made


def _outcome(
    place: Surroundings, trackers: Trackers, fault: str, done: str, figures: dict[str, Figure]
) -> Row:
    told = f"{done} over {{answered}} answered requests of 3 protocols"
    return outcome_of(place, trackers, (f"{NAME} {fault}", told, WANTED), figures)
