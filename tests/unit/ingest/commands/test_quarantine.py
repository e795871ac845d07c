"""What was refused is listed, shown and decided anew: commands on a real log."""

import json
import re

import pytest
from typer.testing import CliRunner

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import Decoder
from ingest.decoding.message import Message
from ingest.log.batch import batch_of
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures.one_grid_plan import write_one_grid_plan

NOW_MS = 1_795_600_000_000
NEW = "晋BQ0099"


def fix(number, **more):
    return {"event_time": NOW_MS - number * 1000, "longitude": 113.3, "latitude": 40.1, **more}


@pytest.fixture
def url(tmp_path):
    """A log with a sound ping, a burst of an unknown vehicle, and things nobody can mend."""
    found = f"sqlite:///{tmp_path / 'pings.db'}"
    messages = [
        Message("fleet/晋BQ0384/ping", json.dumps(fix(1)).encode(), NOW_MS),
        Message(f"fleet/{NEW}/ping", json.dumps([fix(2), fix(3), fix(3)]).encode(), NOW_MS),
        Message("fleet/晋BQ0384/ping", b"\x1b[31mnot JSON", NOW_MS),
        Message("fleet/晋BQ0384/ping", json.dumps(fix(4, longitude="[bold]")).encode(), NOW_MS),
        Message("fleet/晋BQ0384/ping", b'"' + b"x" * 100_000, NOW_MS),
        Message("fleet/晋BQ0384/ping", json.dumps(fix(5)).encode(), NOW_MS, retained=True),
    ]
    decoder = Decoder(acceptance=Acceptance({"晋BQ0384"}))
    with open_log(found) as log:
        log.write(batch_of(messages, decoder.decode))
    return found


def run(*arguments):
    return CliRunner().invoke(app, ["quarantine", *map(str, arguments)])


def counters(url):
    with open_log(url, create=False) as log:
        return log.counters()


def test_list_tells_codes_vehicles_and_counts_and_lets_no_escape_through(url):
    listed = run("list", "--database", url)
    assert listed.exit_code == 0, listed.output
    assert listed.stdout.count("unknown_vehicle") == 4  # three rejections and the count
    assert NEW in listed.stdout
    assert "7 shown of 7 in quarantine" in listed.stdout
    assert "\x1b" not in listed.stdout
    assert "[bold]" in listed.stdout
    some = run("list", "--database", url, "--code", "unknown_vehicle", "--vehicle", NEW, "--json")
    rows = [json.loads(line) for line in some.stdout.splitlines()]
    assert [row["vehicle_id"] for row in rows] == [NEW] * 3
    assert json.loads(rows[0]["payload"])["event_time"] == fix(2)["event_time"]


def test_show_tells_what_the_code_means_and_what_was_sent(url):
    with open_log(url, create=False) as log:
        number = log.quarantine.rejected(["not_json"])[0]["id"]
    shown = run("show", number, "--database", url)
    assert shown.exit_code == 0
    assert "not_json: The payload is not JSON." in shown.stdout
    assert "\\x1b[31mnot JSON" in shown.stdout
    assert "\x1b" not in shown.stdout
    absent = run("show", 999, "--database", url)
    assert absent.exit_code == 1
    assert "999" in absent.stderr


def test_release_takes_what_the_plan_knows_now_and_keeps_the_law(url, tmp_path):
    before = counters(url)
    assert (before.received, before.stored, before.rejected) == (8, 1, 7)
    here = ["--database", url, "--plan", write_one_grid_plan(tmp_path, ["晋BQ0384", NEW])]
    tried = run("release", "--code", "unknown_vehicle", "--dry-run", *here)
    assert "3 of 3 would be released: 3 pings" in tried.stdout
    assert counters(url) == before
    done = run("release", "--code", "unknown_vehicle", *here)
    assert done.exit_code == 0, done.output
    assert "3 of 3 released: 3 pings" in done.stdout
    after = counters(url)
    assert (after.received, after.stored, after.duplicate, after.rejected) == (8, 3, 1, 4)
    assert after.balanced
    with open_log(url, create=False) as log:
        assert (log.read_pings(vehicles=[NEW])["event_time"].astype("int64") == [
            NOW_MS - 3000, NOW_MS - 2000]).all()  # fmt: skip
    again = run("release", "--code", "unknown_vehicle", *here)
    assert "0 of 0 released" in again.stdout
    assert NEW in run("list", "--database", url, "--released").stdout


@pytest.mark.parametrize("page", [1, 2, 2000])
def test_what_is_still_refused_stays_and_is_counted_by_code(url, tmp_path, monkeypatch, page):
    monkeypatch.setattr("ingest.commands.quarantine._BATCH", page)
    here = ["--database", url, "--plan", write_one_grid_plan(tmp_path, ["晋BQ0384"])]
    done = run("release", "--all", *here)
    assert (
        "1 of 7 released: 1 pings" in done.stdout
    )  # the retained one: whoever releases it vouches
    assert "still refused unknown_vehicle 3" in done.stdout
    assert "still refused not_json 1" in done.stdout
    assert "still refused wrong_type 1" in done.stdout
    assert "too long to have been kept whole 1" in done.stdout
    assert counters(url).balanced
    assert re.search(r"received 8 = stored 2 \+ duplicate 0", done.stdout)


def test_wrong_use_says_what_is_wanted(url, tmp_path):
    nothing = run("release", "--database", url, "--plan", write_one_grid_plan(tmp_path, [NEW]))
    assert nothing.exit_code == 2
    assert "--all" in nothing.output
    for both in (["1", "--all"], ["1", "--code", "not_json"], ["--all", "--code", "not_json"]):
        twice = run(
            "release", *both, "--database", url, "--plan", write_one_grid_plan(tmp_path, [NEW])
        )
        assert (twice.exit_code, "--all" in twice.output) == (2, True)
    empty = run("list", "--database", "")
    assert (empty.exit_code, "it is empty" in empty.output) == (2, True)
    slip = run("list", "--database", url, "--code", "unknown")
    assert slip.exit_code == 2
    absent = run("list", "--database", f"sqlite:///{tmp_path / 'absent.db'}")
    assert absent.exit_code == 1
    assert "absent.db" in absent.stderr


BEHIND_MS = 20 * 60_000


@pytest.fixture
def slow_url(database_url):
    """A log of a server whose clock was 20 minutes behind while three trucks reported."""
    trucks = ("晋BQ0384", "晋BQ0385", "晋BQ0386")
    messages = [
        Message(
            f"fleet/{truck}/ping", json.dumps(fix(number)).encode(),
            NOW_MS - number * 1000 - BEHIND_MS,
        )
        for truck in trucks
        for number in range(5)
    ]  # fmt: skip
    with open_log(database_url) as log:
        log.write(batch_of(messages, Decoder(acceptance=Acceptance(set(trucks))).decode))
        assert log.counters().rejected_by_code == {"time_in_future": 15}
    return database_url, trucks


def test_what_a_slow_server_refused_is_released_by_the_present_time(slow_url, tmp_path):
    url, trucks = slow_url
    done = run(
        "release", "--all", "--database", url, "--plan", write_one_grid_plan(tmp_path, [*trucks])
    )
    assert done.exit_code == 0, done.output
    assert "15 of 15 released: 15 pings" in done.stdout
    assert "by the present time 15: this server's clock was wrong" in done.stdout
    assert (counters(url).stored, counters(url).rejected, counters(url).balanced) == (15, 0, True)
    with open_log(url, create=False) as log:
        pings = log.read_pings()
    assert (pings["received_time"] > pings["event_time"]).all()


def test_one_truck_that_was_ahead_among_others_on_time_is_released_only_if_one_vouches(
    url, tmp_path
):
    ahead = Message("fleet/晋BQ0384/ping", json.dumps(fix(-BEHIND_MS / 1000 + 1)).encode(), NOW_MS)
    with open_log(url) as log:
        log.write(batch_of([ahead], Decoder().decode))
    here = [
        "--code",
        "time_in_future",
        "--database",
        url,
        "--plan",
        write_one_grid_plan(tmp_path, ["晋BQ0384"]),
    ]
    kept = run("release", *here)
    assert "0 of 1 released" in kept.stdout
    assert "still refused time_in_future 1" in kept.stdout
    assert "of these 1 are sound by the present time" in kept.stdout
    assert "--server-clock-was-wrong" in kept.stdout
    done = run("release", *here, "--server-clock-was-wrong")
    assert "1 of 1 released: 1 pings" in done.stdout
    assert counters(url).balanced
