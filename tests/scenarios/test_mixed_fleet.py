"""A day of the sample plan, told by trucks of five makes through one broker: the same verdicts."""

import asyncio
import time
from dataclasses import replace
from datetime import date
from importlib.resources import as_file, files

import pandas as pd
import pytest

from analytics.verdicts.evaluation import evaluate
from geofence.plan.reader import read_plan
from ingest.broker.broker import Broker
from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import decoder_of
from ingest.gateway.http.tokens import ALL, Issued, hash_of, write_tokens
from ingest.log.pinglog import open_log
from ingest.mqtt.connection import Login
from ingest.mqtt.subscriber import Subscriber
from ingest.settings.settings import read_settings
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario
from tests.fixtures.gateways import gateway_process
from tests.fixtures.http_gateways import gateway_at
from tests.fixtures.mixed_fleet import (
    CTWING_DEVICE,
    PROTOCOLS,
    SETTINGS,
    TERMINAL,
    TRACCAR_DEVICE,
    ctwing,
    fixes_of,
    forward,
    native,
    owntracks,
    rounded,
    speak_jt808,
)
from tests.fixtures.mqtt import PATIENCE_S, publishing, until

MONDAY = date(2022, 3, 28)
CODE = "5f1c2d3e4a5b6c7d"


@pytest.fixture(scope="module")
def plan():
    """Five grids of the sample plan, each with a truck of another make."""
    with as_file(files("geofence") / "sample") as sample:
        plan = read_plan(sample / "plan.toml")
    return replace(plan, grids=plan.grids[:10:2])


def test_a_fleet_of_five_makes_gets_the_verdicts_of_the_native_day(tmp_path, plan, monkeypatch):
    monkeypatch.chdir(tmp_path)
    receiver = ReceiverSettings(interval_s=30, reports_tasks=True)
    telling = SimulationSettings(receiver=receiver)
    day = rounded(simulate_day(plan, MONDAY, Scenario.MIXED, 7, settings=telling).pings)
    trucks = dict(zip(PROTOCOLS, sorted(day["vehicle_id"].unique()), strict=True))
    fixes = {name: fixes_of(day, truck) for name, truck in trucks.items()}
    (tmp_path / "pingcheng.toml").write_text(SETTINGS)
    (tmp_path / "devices.csv").write_text(
        "device_id,vehicle_id,type\n"
        f"{trucks['owntracks']},{trucks['owntracks']},phone\n"
        f"{TRACCAR_DEVICE},{trucks['traccar']},tracker\n"
        f"{CTWING_DEVICE},{trucks['ctwing']},platform\n"
        f"{TERMINAL},{trucks['jt808']},terminal\n",
        encoding="utf-8",
    )
    acceptance = Acceptance(vehicles=frozenset(trucks.values()))
    decoder = decoder_of(read_settings(), acceptance, plan.timezone)
    write_tokens(tmp_path / "tokens.csv", {ALL: Issued(ALL, hash_of("server"), "2026-01-01")})
    (tmp_path / "terminals.csv").write_text(f"terminal,code\n{TERMINAL},{CODE}\n")

    with (
        Broker(store=tmp_path / "store") as broker,
        open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log,
        Subscriber(
            broker.address, log.write, login=Login("ingest"), decoder=decoder,
            clock_ms=lambda: time.time_ns() // 1_000_000,
        ) as ingest,
        gateway_at(broker.address, tmp_path, "--address-rate", "100000") as http,
        gateway_process(
            tmp_path, broker.address, "--terminals", str(tmp_path / "terminals.csv")
        ) as (_, port),
    ):  # fmt: skip
        ingest.wait_until_subscribed(PATIENCE_S)
        with publishing(broker.address) as publisher:
            for messages in (
                native(fixes["native"]),
                owntracks(fixes["owntracks"]),
                ctwing(fixes["ctwing"]),
            ):
                for topic, payload in messages:
                    publisher.publish(topic, payload)
            forward(http.url, "server", fixes["traccar"])
            asyncio.run(speak_jt808(port, CODE, fixes["jt808"]))
            publisher.settle()
        until(lambda: log.counters().stored >= len(day))
        counters, heard = log.counters(), log.read_pings()
    assert counters.balanced
    assert counters.rejected_by_code == {}
    assert counters.stored == len(day)

    of_both = ["vehicle_id", "event_time", "tasks", "working"]
    pd.testing.assert_frame_equal(
        heard[of_both].sort_values(of_both[:2], ignore_index=True),
        day[of_both].sort_values(of_both[:2], ignore_index=True),
    )

    told = evaluate(heard, plan, [MONDAY])
    expected = evaluate(day, plan, [MONDAY])
    pd.testing.assert_frame_equal(told.streets, expected.streets)
    pd.testing.assert_frame_equal(told.grids, expected.grids)
    assert {"served", "skipped"} <= set(told.streets["verdict"])
