from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from analytics.commands.plans import plan_apply
from analytics.dashboard.access.audit_log import AuditLog
from analytics.history.history import History
from analytics.history.takeover import dated
from geofence.installed.succession import file_in_force
from geofence.plan.reader import read_plan
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures import written_plan
from tests.fixtures.changed_plans import add_street, replace_in
from tests.fixtures.recorded_town import NIGHT_MS, day_of, own_truck
from tests.fixtures.town import MONDAY

FAR = date(2060, 12, 6)
LATER = FAR + timedelta(days=7)


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    open_log(url).close()
    return url


@pytest.fixture
def path(tmp_path):
    (tmp_path / "running").mkdir()
    return written_plan.write(tmp_path / "running")


@pytest.fixture
def new(tmp_path):
    (tmp_path / "new").mkdir()
    plan = written_plan.write(tmp_path / "new")
    replace_in(plan, "A town", "新计划")
    add_street(plan, "永泰南路", "JY01")
    return plan


@pytest.fixture
def apply(url, path):
    def run(*arguments):
        more = ["--database", url, "--to", path]
        return CliRunner().invoke(app, ["plan", "apply", *map(str, [*arguments, *more])])

    return run


def stored(url, *days):
    with open_log(url) as log:
        return [History(log).plan_in_force(day).name for day in days]


def test_nightly_and_the_files_agree_on_the_plan_of_each_date(apply, url, path, new):
    done = apply(new, "--from", FAR)
    assert (done.exit_code, done.stderr.count("error")) == (0, 0)
    days = [FAR - timedelta(days=1), FAR, LATER]
    assert stored(url, *days) == ["A town", "新计划", "新计划"]
    assert [read_plan(file_in_force(path, day)).name for day in days] == stored(url, *days)
    with open_log(url) as log:
        assert History(log).plan_in_force(FAR).version == read_plan(path).version


def test_it_says_what_it_did_and_what_takes_it_up_when(apply, path, new):
    told = " ".join(apply(new, "--from", FAR).stdout.split())
    assert told.startswith(f"新计划, version {read_plan(path).version[:12]}: in force from {FAR}")
    assert f"plan.until-{FAR}.toml: the plan before" in told
    assert f"take it up by themselves on {FAR}" in told
    assert "pingcheng plan apply --undo" in told


def test_warnings_of_the_plan_are_shown_and_stop_nothing(apply, new):
    replace_in(new, 'streets = ["云中街", "滨河路"]', 'streets = ["云中街", "滨河路", "无处路"]')
    done = apply(new, "--from", FAR)
    assert done.exit_code == 0
    assert "无处路" in done.stderr


def test_without_a_date_the_one_that_the_plan_names_counts(apply, path, new):
    replace_in(new, "2022-03-25", "2060-12-06")
    assert apply(new).exit_code == 0
    assert read_plan(path).effective_from == FAR


def test_the_audit_log_tells_it(apply, url, new):
    apply(new, "--from", FAR)
    apply("--undo")
    with open_log(url) as log:
        entries = AuditLog(log, lambda: 0).latest(5)
    assert [entry["action"] for entry in entries] == ["plan_applied", "plan_applied"]
    assert f"from {FAR}" in entries[0]["detail"]


def test_undone_nightly_and_the_files_have_the_plan_before(apply, url, path, new):
    before = path.read_bytes()
    apply(new, "--from", FAR)
    done = apply("--undo")
    assert (done.exit_code, "put back" in done.stdout) == (0, True)
    assert path.read_bytes() == before
    assert stored(url, FAR, LATER) == ["A town", "A town"]


def test_after_an_undo_another_plan_may_come_earlier(apply, url, new):
    apply(new, "--from", LATER)
    apply("--undo")
    assert apply(new, "--from", FAR).exit_code == 0
    assert stored(url, FAR, LATER) == ["新计划", "新计划"]


def test_a_date_that_was_judged_is_refused_unless_it_is_meant(apply, url, path, new):
    before = path.read_bytes()
    with open_log(url) as log:
        History(log).record(day_of(own_truck()), NIGHT_MS, 1)
    refused = apply(new, "--from", MONDAY)
    assert (refused.exit_code, path.read_bytes()) == (1, before)
    assert refused.stderr.splitlines()[-1].startswith(
        f"error: {MONDAY} was judged already, by the plan of then"
    )
    meant = apply(new, "--from", MONDAY, "--rejudge")
    assert meant.exit_code == 0
    assert f"pingcheng report --from {MONDAY}" in meant.stdout
    assert stored(url, MONDAY) == ["新计划"]


def test_a_plan_stored_for_later_is_not_put_out_of_force_unasked(apply, url, tmp_path, new):
    (tmp_path / "summer").mkdir()
    summer = written_plan.write(tmp_path / "summer")
    replace_in(summer, "A town", "夏季")
    replace_in(summer, "2022-03-25", LATER.isoformat())
    CliRunner().invoke(app, ["plan", "store", str(summer), "--database", url])
    refused = apply(new, "--from", FAR)
    assert refused.exit_code == 1
    assert f"from {LATER} on the stored plan 夏季" in refused.stderr
    assert apply(new, "--from", FAR, "--replace-later").exit_code == 0
    assert stored(url, FAR, LATER) == ["新计划", "新计划"]


def test_a_faulty_plan_changes_nothing(apply, url, path, new):
    before = sorted(each.name for each in path.parent.iterdir())
    replace_in(new, "mon-sat", "never")
    done = apply(new, "--from", FAR)
    assert done.exit_code == 1
    assert "days_syntax" in done.stderr
    assert sorted(each.name for each in path.parent.iterdir()) == before
    with open_log(url) as log:
        assert History(log).plans() == ()


def test_if_the_database_takes_nothing_the_files_are_as_they_were(apply, path, new, monkeypatch):
    before = {each.name: each.read_bytes() for each in path.parent.glob("*.toml")}

    def away(*_):
        raise LogError("the database is away")

    monkeypatch.setattr("analytics.history.takeover.take_over", away)
    done = apply(new, "--from", FAR)
    assert (done.exit_code, "the database is away" in done.stderr) == (1, True)
    assert {each.name: each.read_bytes() for each in path.parent.glob("*.toml")} == before


def test_where_nothing_can_be_undone_it_says_so(apply):
    done = apply("--undo")
    assert (done.exit_code, "nothing to undo" in done.stderr) == (1, True)


@pytest.mark.parametrize("arguments", [[], ["--undo", "--rejudge"]])
def test_it_must_be_told_one_thing_to_do(apply, arguments):
    assert apply(*arguments).exit_code == 2


def test_a_user_without_a_name_is_unknown(monkeypatch):
    def nameless():
        raise KeyError("uid 4711")

    monkeypatch.setattr(plan_apply.getpass, "getuser", nameless)
    assert plan_apply._user() == "unknown"


def test_applied_twice_for_one_date_nothing_is_done(apply, url, path, new):
    apply(new, "--from", FAR)
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    again = apply(new, "--from", FAR)
    told = f"新计划, version {read_plan(path).version[:12]}: is in force from {FAR} already; "
    assert (again.exit_code, again.stdout) == (0, told + "nothing done\n")
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before
    with open_log(url) as log:
        assert len(AuditLog(log, lambda: 0).latest(5)) == 1


def test_a_contact_is_reason_enough_to_apply_it_again(apply, path, new):
    apply(new, "--from", FAR)
    replace_in(new, "13900000000", "13911111111")
    assert "nothing done" not in apply(new, "--from", FAR).stdout
    assert "13911111111" in path.read_text(encoding="utf-8")


def test_what_stands_there_and_is_not_stored_is_stored_and_no_file_is_written(
    apply, url, path, new
):
    apply(new, "--from", FAR)
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    with open_log(url) as log:
        History(log).store_plan(dated(read_plan(path), FAR), 1)
        former = read_plan(file_in_force(path, MONDAY))
        History(log).store_plan(dated(former, FAR), 2)
    done = apply(new, "--from", FAR)
    assert (done.exit_code, f"{path}: as it was" in done.stdout) == (0, True)
    assert stored(url, FAR) == ["新计划"]
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


def test_a_plan_that_waits_is_replaced_where_that_is_meant_and_comes_back_undone(
    apply, url, path, new
):
    apply(new, "--from", LATER)
    before = {each.name: each.read_bytes() for each in path.parent.glob("*.toml")}
    replace_in(new, "新计划", "更早的计划")
    refused = apply(new, "--from", FAR)
    assert (refused.exit_code, "--replace-later" in refused.stderr) == (1, True)
    done = apply(new, "--from", FAR, "--replace-later")
    assert done.exit_code == 0
    assert f"from {LATER}: laid aside too" in " ".join(done.stdout.split())
    days = [FAR - timedelta(days=1), FAR, LATER]
    assert stored(url, *days) == ["A town", "更早的计划", "更早的计划"]
    assert [read_plan(file_in_force(path, day)).name for day in days] == stored(url, *days)
    undone = apply("--undo")
    assert f"from {LATER}: to come again" in " ".join(undone.stdout.split())
    assert stored(url, *days) == ["A town", "A town", "新计划"]
    assert [read_plan(file_in_force(path, day)).name for day in days] == stored(url, *days)
    assert (
        before.items()
        <= {each.name: each.read_bytes() for each in path.parent.glob("*.toml")}.items()
    )


def test_a_plan_that_waits_and_was_never_stored_is_replaced_too(apply, url, path, new):
    replace_in(path, "2022-03-25", LATER.isoformat())
    refused = apply(new, "--from", FAR)
    assert (refused.exit_code, "--replace-later" in refused.stderr) == (1, True)
    assert apply(new, "--from", FAR, "--replace-later").exit_code == 0
    assert stored(url, FAR, LATER) == ["新计划", "新计划"]
    apply("--undo")
    assert stored(url, FAR, LATER) == ["A town", "A town"]
    assert read_plan(path).effective_from == LATER


def test_where_no_plan_runs_it_names_the_option_that_says_which(new, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["plan", "apply", str(new)])
    told = " ".join(done.stderr.replace("│", " ").split())
    assert (done.exit_code, "give --to, or the setting plan" in told) == (2, True)
    assert "--plan" not in told
