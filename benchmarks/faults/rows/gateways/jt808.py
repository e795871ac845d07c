"""The gateway of JT/T 808 killed, cut off from its broker, and fed poison by its terminals."""

import json
import random
import time
from collections import Counter
from datetime import UTC, datetime

from benchmarks.faults.row import Figure, Row
from benchmarks.faults.rows.gateways.ordeal import (
    cut_at_random,
    kill_at_random,
    outcome_of,
    wait_for_rejections,
)
from benchmarks.faults.rows.gateways.terminals import (
    JtGatewayProcess,
    Said,
    Terminals,
    number_of,
)
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.tap import Tap
from simulators.terminals.jt808 import BATCH, REPORT, Position, batch
from tests.servers.mosquitto import Mosquitto

NAME = "gateway-jt808"
WANTED = "0 acknowledged lost; poison quarantined under its code"
EVERY_BROKER, EVERY_DATABASE = True, False

KILLS, CUTS, MESSAGES, POISON_SHARE = 40, 40, 40_000, 0.1
_SEED = 808
_BATCH = 5
"""Every so many messages one is a batch of as many stored fixes."""
_LEFT_MICRODEG, _LATITUDE_DEG = 113_200_000, 40.06
_VENDORS = 0xE1
_TOPICS = json.dumps([{"pattern": "gateway/jt808", "dialect": "jt808"}])


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Run the three, one after the other, with one ingest."""
    devices = place.folder / "devices.csv"
    listed = [f"{number_of(index)},{each}" for index, each in enumerate(place.traffic.vehicles)]
    devices.write_text("\n".join(["device_id,vehicle_id", *listed]), encoding="utf-8")
    process = place.subscribed_ingest(settings={"topics": _TOPICS, "devices": str(devices)})
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
    with (
        JtGatewayProcess(place.folder, place.broker.address, _count(place)) as gateway,
        Terminals(gateway.port, _sound(place, share)) as terminals,
    ):
        kill_at_random(gateway, terminals, generator, kills, share)
        return _outcome(place, terminals, "kill", f"{kills} kills of the gateway", {"kills": kills})


def _cut_off(place: Surroundings, generator: random.Random, cuts: int, share: int) -> Row:
    with (
        Tap(place.broker.address) as tap,
        JtGatewayProcess(place.folder, tap.address, _count(place)) as gateway,
        Terminals(gateway.port, _sound(place, share)) as terminals,
    ):
        cut_at_random(place, tap, terminals, generator, cuts, share)
        done = f"{cuts} cuts, stalls and kills of the broker"
        return _outcome(place, terminals, "cut", done, {"cuts": cuts})


def _poisoned(place: Surroundings, share: int) -> Row:
    """Mix what is to be refused among sound messages."""
    every, number, expected = round(1 / POISON_SHARE), 0, Counter[str]()
    kinds, mixed = _poison(), list[list[Said]]()
    for own in _sound(place, share):
        queue = list[Said]()
        for place_in_line, said in enumerate(own):
            queue.append(said)
            if place_in_line % every == 0:
                bad, code = kinds[number % len(kinds)]
                queue.append(bad)
                expected[code] += 1
                number += 1
        mixed.append(queue)
    with place.log() as log:
        before = Counter(log.counters().rejected_by_code)
    with (
        JtGatewayProcess(place.folder, place.broker.address, _count(place)) as gateway,
        Terminals(gateway.port, mixed) as terminals,
    ):
        done = f"{number} bad messages"
        row = _outcome(place, terminals, "poison", done, {"poison": number})
        with place.log() as log:
            wait_for_rejections(log, before.total() + expected.total())
            found = Counter(log.counters().rejected_by_code) - before
        survived = gateway.running
    right = sum((found & expected).values())
    return Row(
        fault=row.fault,
        done=row.done,
        result=f"{right} of {expected.total()} quarantined with the right code; {row.result}",
        wanted=row.wanted,
        holds=row.holds and found == expected and survived,
        figures={**row.figures, "quarantined": expected.total(), "right": right},
    )


def _poison() -> list[tuple[Said, str]]:
    """Give what cannot be read or used, and its code in the quarantine."""
    at = datetime.now(UTC).replace(microsecond=0)
    good = Position(at, 113.2, _LATITUDE_DEG)
    body = good.body()
    return [
        (Said(REPORT, body, result=None), "not_an_object"),  # a wrong checksum
        (Said(REPORT, body[:20], result=2), "not_an_object"),
        (Said(BATCH, b"\0", result=2), "not_an_object"),
        (Said(BATCH, b"\0\1\0\0\2ab"), "not_an_object"),
        (Said(REPORT, Position(at, 113.2, _LATITUDE_DEG, positioned=False).body()), "no_fix"),
        (Said(REPORT, Position(at, 113.2, 95.0).body()), "coordinate_out_of_range"),
        (Said(REPORT, Position(at, 0.0, 0.0).body()), "null_island"),
        (Said(REPORT, Position(at, 13.2, 52.5).body()), "implausible"),
        (Said(REPORT, body[:22] + bytes(6)), "time_unreadable"),
    ]


def _sound(place: Surroundings, share: int) -> list[list[Said]]:
    """Make sound messages for each vehicle, reports and batches, of a fix a second."""
    sent, vehicles = place.traffic.sent, place.traffic.vehicles
    first_s = int(time.time()) - 48 * 3600 + len(sent) // len(vehicles)
    made: list[list[Said]] = []
    for vehicle in vehicles:
        own, turn = list[Said](), 0
        for number in range(share // len(vehicles)):
            positions = []
            for _ in range(_BATCH if number % _BATCH == 0 else 1):
                longitude = (_LEFT_MICRODEG + len(sent)) / 1_000_000
                at = datetime.fromtimestamp(first_s + turn, UTC)
                sent.add((vehicle, (first_s + turn) * 1000, longitude))
                items = {_VENDORS: bytes([turn % 256])}
                positions.append(Position(at, longitude, _LATITUDE_DEG, 12.6, 90, items=items))
                turn += 1
            if len(positions) > 1:
                own.append(Said(BATCH, batch(positions, blind=True)))
            else:
                own.append(Said(REPORT, positions[0].body()))
        made.append(own)
    return made


def _count(place: Surroundings) -> int:
    return len(place.traffic.vehicles)


def _outcome(
    place: Surroundings, terminals: Terminals, fault: str, done: str, figures: dict[str, Figure]
) -> Row:
    told = f"{done} over {{answered}} answered messages of 2013 and 2019"
    return outcome_of(place, terminals, (f"{NAME} {fault}", told, WANTED), figures)
