"""Brokers as they are shipped let no one in who pretends, and ingest refuses what is left."""

import pytest

from benchmarks.ingest.spoofing import BROKERS, attack_all
from benchmarks.ingest.spoofing_kinds import KINDS
from tests.servers import mosquitto

TRIES = 12
AT_THE_DOOR = {
    "a wrong password",
    "no password",
    "anonymous",
    "an expired certificate",
    "a revoked certificate",
    "a certificate of another authority",
    "no certificate",
}
INSIDE = {"another truck's id in the payload"}


@pytest.mark.parametrize("broker", BROKERS)
def test_whoever_pretends_gets_nothing_into_the_log(broker):
    if broker == "mosquitto":
        mosquitto.require()
    tallies = attack_all(broker, TRIES * len(KINDS))
    assert {kind: tally.accepted for kind, tally in tallies.items()} == dict.fromkeys(KINDS, 0)
    assert {kind for kind, tally in tallies.items() if tally.refused_at_connect == TRIES} == (
        AT_THE_DOOR
    )
    assert {kind for kind, tally in tallies.items() if tally.refused_by_ingest == TRIES} == INSIDE
    assert all(tally.dropped_by_broker >= 0 for tally in tallies.values())
