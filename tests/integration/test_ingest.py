"""The whole way of a ping from the wire into the log, with a real broker and a real database."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import pandas as pd
import pytest
from msgspec.structs import replace

from ingest.broker.broker import Broker
from ingest.broker.credentials import Request, make_credentials
from ingest.decoding.rejection import RejectionCode
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from tests.fixtures.fixes import frame
from tests.fixtures.mqtt import VEHICLES, a_minute_ago, publishing, until
from tests.fixtures.one_grid_plan import write_one_grid_plan

MADE = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = (
    "-c",
    "from ingest.sealer import sealer; sealer.FIRST_S = 0; from pingcheng import app; app()",
)
"""The program, which looks for days to seal at once."""
GOOD = '"longitude":113.3,"latitude":40.08'


@pytest.fixture
def broker(tmp_path):
    with Broker(store=tmp_path / "store", ack_wait_s=1) as running:
        yield running


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


def now_ms():
    return time.time_ns() // 1_000_000


@contextmanager
def ingest_process(tmp_path, address, *options, program=("-m", "pingcheng")):
    """Run ``pingcheng ingest`` and wait until it has subscribed."""
    write_one_grid_plan(tmp_path, VEHICLES)
    process = subprocess.Popen(
        [sys.executable, *program, "ingest", "--plan", "plan.toml", "--database",
         "sqlite:///pings.db", "--broker", str(address), *options],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        heard = []
        while "event=subscribed" not in (line := process.stderr.readline()):
            heard.append(line)
            assert line, heard
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def garbage():
    """Give topic, payload and the code each must be refused under."""
    topic, now = f"fleet/{VEHICLES[0]}/ping", now_ms()
    nested = "[" * 5000 + "]" * 5000
    timed = f'"event_time":{now}'
    return [
        (topic, "not JSON", "not_json"),
        (topic, b"\xff\xfe\x00", "not_utf8"),
        (topic, "", "not_json"),
        (topic, "3", "not_an_object"),
        (topic, "[]", "empty_burst"),
        (topic, json.dumps([0] * 1001), "burst_too_long"),
        (topic, nested, "too_deep"),
        (topic, '"' + "x" * 1_000_000 + '"', "too_large"),
        (topic, f'{{{timed},"longitude":NaN,"latitude":40}}', "not_finite"),
        (topic, f'{{{timed},"longitude":Infinity,"latitude":40}}', "not_finite"),
        (topic, f'{{{timed},"longitude":113,"latitude":-Infinity}}', "not_finite"),
        (topic, f'{{{timed},"longitude":1e999,"latitude":40}}', "not_finite"),
        (topic, f'{{{timed},"longitude":213,"latitude":40}}', "coordinate_out_of_range"),
        (topic, f'{{{timed},"longitude":40,"latitude":113}}', "coordinate_out_of_range"),
        (topic, f'{{{timed},"longitude":0,"latitude":0}}', "null_island"),
        (topic, f'{{"event_time":"2022-03-25T07:00:00",{GOOD}}}', "time_without_offset"),
        (topic, f'{{"event_time":"at noon",{GOOD}}}', "time_unreadable"),
        (topic, f'{{"event_time":{now + 10**7},{GOOD}}}', "time_in_future"),
        (topic, f'{{"event_time":{now // 1000},{GOOD}}}', "time_before_2000"),
        (topic, f'{{{timed},"longitude":"113","latitude":40}}', "wrong_type"),
        (topic, f'{{{timed},"latitude":40}}', "missing_field"),
        (topic, f'{{{timed},{GOOD},"vehicle_id":"{VEHICLES[1]}"}}', "vehicle_mismatch"),
        (topic, f'{{{timed},{GOOD},"speed_mps":71}}', "implausible"),
        (topic, f'{{{timed},"longitude":13.3,"latitude":52.5}}', "implausible"),
        ("fleet/晋B99999/ping", f"{{{timed},{GOOD}}}", "unknown_vehicle"),
        ("fleet//ping", f"{{{timed},{GOOD}}}", "bad_topic"),
    ]


def test_garbage_of_every_kind_is_quarantined_with_its_code_and_ingest_keeps_going(
    tmp_path, broker
):
    fixes, refused = a_minute_ago(50), garbage()
    # what takes a setting, a dialect or a stale copy to meet is met in tests of these
    elsewhere = {
        "retained",
        "outdated",
        "not_a_position",
        "no_fix",
        "dialect_failed",
        "not_storable",
        "unknown_kind",
        "device_unassigned",
        "value_out_of_range",
    }
    assert {code for _, _, code in refused} == set(RejectionCode) - elsewhere
    with ingest_process(tmp_path, broker.address) as process:
        with publishing(broker.address) as publisher:
            for number, (topic, payload, _) in enumerate(refused):
                publisher.publish(topic, payload)
                publisher.ping(fixes[number])
            publisher.settle()
        with open_log(f"sqlite:///{tmp_path / 'pings.db'}", create=False) as log:
            until(lambda: log.counters().received == 2 * len(refused))
            counters, kept = log.counters(), log.quarantine.rejected()
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    expected = pd.Series([code for _, _, code in refused]).value_counts().to_dict()
    assert counters.rejected_by_code == expected
    assert counters.stored == len(refused)
    assert counters.balanced
    assert [row["code"] for row in kept] == [code for _, _, code in refused]
    assert kept[0]["payload"] == b"not JSON"
    assert output.startswith(f"received {2 * len(refused)} = stored {len(refused)} + ")


def test_a_running_ingest_seals_a_day_that_rests_by_itself_and_goes_on(tmp_path, broker, log):
    received_ms = now_ms() - 9 * 86_400_000
    (fix,) = a_minute_ago(1)
    log.write(Batch(tuples_of(frame([replace(fix, event_time_ms=received_ms)], [received_ms])), ()))
    with ingest_process(tmp_path, broker.address, program=AT_ONCE) as process:
        until(lambda: 'event="day sealed"' in process.stderr.readline())
        with publishing(broker.address) as publisher:
            publisher.ping(fix)
            publisher.settle()
        until(lambda: log.counters().stored == 2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert len(list((tmp_path / "pings.db-segments").glob("*.parquet"))) == 1
    assert len(log.read_pings()) == 2


def test_a_login_that_the_broker_refuses_is_what_ingest_says_in_the_end(tmp_path):
    make_credentials(tmp_path / "c", Request(VEHICLES, "localhost", ["fleet/+/ping"]), MADE)
    write_one_grid_plan(tmp_path, VEHICLES)
    (tmp_path / "password").write_text("wrong", encoding="utf-8")
    login = {"USERNAME": "ingest", "PASSWORD_FILE": str(tmp_path / "password")}
    with Broker(store=tmp_path / "q", credentials=tmp_path / "c", tls=False) as broker:
        done = subprocess.run(
            [sys.executable, "-m", "pingcheng", "ingest", "--plan", "plan.toml", "--database",
             "sqlite:///pings.db", "--broker", str(broker.address), "--idle-exit", "2"],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
            env={**os.environ, **{f"PINGCHENG_BROKER_{key}": text for key, text in login.items()}},
        )  # fmt: skip
    assert done.returncode == 1
    assert "Not authorized" in done.stderr.splitlines()[-1]
