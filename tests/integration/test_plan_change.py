"""A plan that is replaced under `pingcheng up`: taken by all its programs, or refused by all."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from typer.testing import CliRunner

from analytics.history.history import History
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures.changed_plans import add_street, replace_in
from tests.fixtures.mqtt import publishing, until
from tests.fixtures.operations import TRUCK, write_plan
from tests.fixtures.started_up import counters, fix, get, health, state, told, up

NEWCOMER = "晋B77777"
NEW_STREET = "永泰南路"


def change(folder):
    """Give JY01 another street and another truck, one file after the other as editors save."""
    add_street(folder / "plan.toml", NEW_STREET, "JY01")
    replace_in(folder / "plan.toml", f'"{TRUCK}"', f'"{TRUCK}", "{NEWCOMER}"')


def break_plan_to_come(folder):
    """Have the plan in force hold for some days yet, and a broken one follow it."""
    plan, later = folder / "plan.toml", datetime.now(UTC).date() + timedelta(days=8)
    plan.with_name(f"plan.until-{later}.toml").write_bytes(plan.read_bytes())
    plan.write_text("[broken", encoding="utf-8")


def streets_of(url):
    grids = get(url, "/api/v1/plan")["grids"]
    return {street["name"] for grid in grids for street in grid["streets"]}


def lines(folder, event):
    return [line for line in told(folder).splitlines() if event in line]


def send(address, vehicle):
    with publishing(address) as publisher:
        publisher.ping(fix(vehicle))
        publisher.settle()


def test_a_changed_plan_is_taken_and_a_broken_one_refused_by_all_without_a_restart(tmp_path):
    with up(tmp_path) as (process, address, url):
        until(lambda: "subscribed" in told(tmp_path))
        version = state(url)["plan_version"]
        send(address, NEWCOMER)
        until(lambda: counters(tmp_path).rejected == 1)
        change(tmp_path)
        until(lambda: len(lines(tmp_path, 'event="plan changed"')) == 2)
        until(lambda: NEW_STREET in streets_of(url))
        assert state(url)["plan_version"] != version
        send(address, NEWCOMER)
        until(lambda: counters(tmp_path).stored == 1)
        until(lambda: NEWCOMER in {each["id"] for each in state(url)["vehicles"]})
        found = counters(tmp_path)
        assert (found.received, found.stored, found.rejected) == (2, 1, 1)

        before, plan = get(url, "/api/v1/plan"), tmp_path / "plan.toml"
        sound = plan.read_text(encoding="utf-8")
        plan.write_text(sound.replace("JY01", "JY01\n", 1), encoding="utf-8")
        until(lambda: len(lines(tmp_path, "plan refused")) == 2)
        until(lambda: "warnings" in health(url))
        send(address, TRUCK)
        until(lambda: counters(tmp_path).stored == 2)
        assert get(url, "/api/v1/plan") == before
        until(lambda: health(url)["status"] == "ok")
        plan.write_text(sound, encoding="utf-8")
        until(lambda: (found := health(url))["status"] == "ok" and "warnings" not in found)
        assert process.poll() is None
        assert len(lines(tmp_path, "plan refused")) == 2

        break_plan_to_come(tmp_path)
        until(lambda: len(lines(tmp_path, "plan to come refused")) == 2)
        until(lambda: "warnings" in health(url))
        send(address, TRUCK)
        until(lambda: counters(tmp_path).stored == 3)
        assert process.poll() is None
    assert NEWCOMER not in told(tmp_path)


def apply(*arguments):
    """Put a plan in force, as a user does beside what runs, in its folder."""
    done = CliRunner().invoke(app, ["plan", "apply", "--to", "plan.toml", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def in_force(folder, day):
    with open_log(f"sqlite:///{folder / 'pings.db'}") as log:
        return History(log).plan_in_force(day).version


def test_a_plan_that_is_applied_is_taken_on_its_date_and_by_nightly_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    new = tmp_path / "spring"
    new.mkdir()
    write_plan(new)
    change(new)
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    with up(tmp_path) as (process, address, url):
        until(lambda: "subscribed" in told(tmp_path))
        before = state(url)["plan_version"]
        later = today + timedelta(days=8)
        assert f"take it up by themselves on {later}" in apply(
            "spring/plan.toml", "--from", later.isoformat()
        )
        apply("--undo")
        assert state(url)["plan_version"] == before
        apply("spring/plan.toml", "--from", today.isoformat())
        until(lambda: NEW_STREET in streets_of(url))
        assert state(url)["plan_version"] == in_force(tmp_path, today)
        assert in_force(tmp_path, today - timedelta(days=1)) == before
        until(lambda: len(lines(tmp_path, 'event="plan changed"')) == 2)
        send(address, NEWCOMER)
        until(lambda: counters(tmp_path).stored == 1)
        assert process.poll() is None
    assert "plan refused" not in told(tmp_path)


def test_a_plan_to_come_that_is_broken_is_told_by_all_and_keeps_none_from_starting_again(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    write_plan(tmp_path)
    open_log(f"sqlite:///{tmp_path / 'pings.db'}").close()
    new = tmp_path / "spring"
    new.mkdir()
    write_plan(new)
    change(new)
    later = datetime.now(UTC).date() + timedelta(days=8)
    apply("spring/plan.toml", "--from", later.isoformat())  # so the log knows of both
    assert (tmp_path / f"plan.until-{later}.toml").exists()
    (tmp_path / "plan.toml").write_text("[broken", encoding="utf-8")
    with up(tmp_path) as (process, address, url):
        until(lambda: len(lines(tmp_path, "plan to come refused")) == 2)
        until(lambda: "warnings" in health(url))
        send(address, TRUCK)
        until(lambda: counters(tmp_path).stored == 1)
        assert process.poll() is None
