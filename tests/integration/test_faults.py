"""A miniature of the fault bench, so that CI holds what its table promises.

Times and speeds are for the bench to measure: here a row may be slow, but must lose nothing.
"""

import os
from contextlib import chdir
from subprocess import CompletedProcess

import pytest
from typer.testing import CliRunner

from benchmarks.faults.__main__ import FAULTS
from benchmarks.faults.rows import (
    broker_store,
    database_outage,
    flood,
    fuzz,
    ingest_away,
    kill_broker,
    kill_ingest,
    memory,
    network_faults,
    poison,
    spoofing,
    throughput,
)
from benchmarks.faults.rows.gateways import http as gateway_http
from benchmarks.faults.rows.gateways import jt808 as gateway_jt808
from benchmarks.faults.rows.operations import clock, restore
from benchmarks.faults.running import run_fault
from benchmarks.faults.surroundings import command
from benchmarks.faults.surroundings.poison_samples import samples
from benchmarks.faults.surroundings.servers import BROKERS
from benchmarks.faults.surroundings.tap import PacketCounter
from pingcheng import app
from tests.servers import mosquitto
from tests.servers.postgres import need_postgres

TINY = 0.001
EACH_ONCE = (("nats", "postgresql"), ("mosquitto", "sqlite"))


@pytest.fixture(autouse=True)
def _servers():
    mosquitto.require()
    need_postgres()


def rows_of(fault, broker, database):
    """Run a fault in miniature and give its rows, of which none may have lost anything."""
    rows = run_fault(fault, broker, database, TINY)
    for row in rows:
        assert {row.figures.get(name, 0) for name in ("lost", "extra", "duplicate_rows")} == {0}
    return rows


@pytest.mark.parametrize(("broker", "database"), EACH_ONCE)
def test_killing_ingest_loses_and_doubles_nothing(broker, database):
    (row,) = rows_of(kill_ingest, broker, database)
    assert row.holds, row
    assert row.figures["in_flight"] > 0


@pytest.mark.parametrize("broker", BROKERS)
def test_killing_the_broker_loses_nothing_that_it_acknowledged(broker):
    (row,) = rows_of(kill_broker, broker, "sqlite")
    assert row.holds, row


def test_what_queued_while_ingest_was_away_is_stored():
    (row,) = rows_of(ingest_away, "mosquitto", "postgresql")
    assert row.holds, row


def test_a_full_broker_refuses_in_time_and_is_emptied_by_ingest():
    # that the memory of the other broker fills up, test_mosquitto holds
    for row in rows_of(broker_store, "nats", "sqlite"):
        assert row.holds, row


@pytest.mark.parametrize(("broker", "database"), EACH_ONCE)
def test_while_the_database_is_away_nothing_is_acknowledged(broker, database):
    rows = rows_of(database_outage, broker, database)
    needs_root = os.geteuid() != 0 and not os.environ.get("CI")
    shown = [row for row in rows if not (needs_root and "only root" in row.result)]
    assert shown
    assert all(row.holds for row in shown), rows


def test_cuts_and_stalls_of_the_network_lose_nothing():
    (row,) = rows_of(network_faults, "mosquitto", "sqlite")
    assert row.holds, row


def test_poison_of_every_code_is_quarantined_under_it():
    # Mosquitto as it is shipped keeps no retained message, which is one of the codes
    (row,) = rows_of(poison, "nats", "sqlite")
    assert row.figures["right"] == row.figures["refused"], row
    assert row.figures["right"] >= len(samples())


def test_a_flood_of_one_truck_is_counted_to_the_last_and_stops_nobody():
    (row,) = rows_of(flood, "mosquitto", "postgresql")
    assert row.holds, row


def test_huge_and_deep_messages_and_overload_leave_memory_alone():
    for row in rows_of(memory, "mosquitto", "sqlite"):
        assert row.holds, row


def test_spoofing_gets_nothing_in():
    # that it gets nothing in at the other broker, test_spoofing holds
    (row,) = rows_of(spoofing, "nats", "sqlite")
    assert row.holds, row


def test_throughput_is_measured_beside_a_bare_subscriber(monkeypatch):
    monkeypatch.setattr(throughput, "ROUNDS", 1)
    single, bursts = rows_of(throughput, "mosquitto", "postgresql")
    assert single.figures["ratio"] > 0
    assert bursts.figures["pings_a_second"] > 0


@pytest.mark.parametrize(
    ("broker", "gateway"), list(zip(BROKERS, (gateway_http, gateway_jt808), strict=True))
)
def test_what_a_gateway_acknowledged_is_stored_whatever_befalls_it(broker, gateway):
    rows = rows_of(gateway, broker, "sqlite")
    assert len(rows) == 3
    for row in rows:
        assert row.holds, row


def test_fuzzing_raises_nothing():
    (row,) = rows_of(fuzz, "", "")
    assert row.holds, row


def in_this_process(folder, *arguments, settings=None):
    """Run a command to its end without a start of Python; the bench has it start."""
    own = {f"PINGCHENG_{name.upper()}": value for name, value in (settings or {}).items()}
    with chdir(folder):
        done = CliRunner().invoke(app, arguments, env=own)
    raised = "" if done.exception is None else repr(done.exception)
    return CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr + raised)


def test_a_server_is_restored_and_set_wrong_and_loses_nothing(monkeypatch):
    for module in (command, restore):
        monkeypatch.setattr(module, "run", in_this_process)
    # that it is killed, halted or loses its feed, test_up, test_health and test_serve hold
    for row in (restore.restore("sqlite", TINY), clock.behind("sqlite", TINY)):
        assert row.holds, row


def test_a_row_that_breaks_down_fails_and_says_why(capsys):
    (row,) = run_fault(kill_ingest, "none", "sqlite", TINY)
    assert not row.holds
    assert "none" in row.result
    assert "Traceback" in capsys.readouterr().err


def test_every_fault_is_selectable_by_its_name():
    assert len(FAULTS) == 17
    assert all(fault.WANTED for fault in FAULTS.values())


def test_packets_are_counted_however_the_stream_is_cut():
    puback, publish = b"\x40\x02\x00\x07", b"\x32\xc8\x01" + b"\x40" * 200
    stream = puback + publish + puback + b"\xc0\x00" + puback
    for size in (1, 2, 3, 7, 199, 1000):
        counter = PacketCounter()
        for at in range(0, len(stream), size):
            counter.feed(stream[at : at + size])
        assert {kind: count for kind, count in counter.counts.items() if count} == {
            3: 1, 4: 3, 12: 1,
        }  # fmt: skip
