import pytest
import typer

from analytics.commands.plans.plan_choice import chosen_plan
from analytics.history.history import History
from geofence.plan.reader import read_plan
from ingest.log.pinglog import open_log
from tests.fixtures import written_plan
from tests.fixtures.recorded_town import PLAN, versioned
from tests.fixtures.town import next_day

NEW = versioned(PLAN, name="新计划", effective_from=next_day())


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        for plan in (PLAN, NEW):
            History(opened).store_plan(plan, 1)
        yield opened


def test_a_file_is_read(tmp_path, log):
    path = written_plan.write(tmp_path)
    assert chosen_plan(str(path), log).version == read_plan(path).version
    assert chosen_plan(str(path), None).version == read_plan(path).version


@pytest.mark.parametrize(("text", "name"), [("2022-03-28", "town"), ("2022-03-29", "新计划")])
def test_a_date_is_the_plan_in_force_on_it(log, text, name):
    assert chosen_plan(text, log).name == name


@pytest.mark.parametrize("digits", [6, 64])
def test_the_first_digits_of_a_version_suffice(log, digits):
    assert chosen_plan(NEW.version[:digits].upper(), log).version == NEW.version


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ffffffff", "is no stored plan"),
        ("abc", "at least the first 4 digits"),
        ("1999-01-01", "no stored plan is valid on 1999-01-01"),
    ],
)
def test_what_is_none_of_them_ends_with_2_and_says_what_to_write(log, text, told, capsys):
    with pytest.raises(typer.Exit) as end:
        chosen_plan(text, log)
    assert end.value.exit_code == 2
    assert told in capsys.readouterr().err


def test_a_faulty_file_ends_with_2_and_its_faults(tmp_path, capsys):
    path = written_plan.write(tmp_path, "[broken")
    with pytest.raises(typer.Exit) as end:
        chosen_plan(str(path), None)
    assert (end.value.exit_code, "toml_syntax" in capsys.readouterr().err) == (2, True)


@pytest.mark.parametrize(("text", "kind"), [("2022-01-01", "date"), ("4f1c0a", "version")])
def test_without_a_database_a_date_or_version_asks_for_one(text, kind, capsys):
    with pytest.raises(typer.Exit) as end:
        chosen_plan(text, None)
    assert end.value.exit_code == 2
    assert f"'{text}' is no file, and a {kind} needs --database" in capsys.readouterr().err


def test_a_file_of_such_a_name_is_read(tmp_path, monkeypatch):
    written_plan.write(tmp_path).rename(tmp_path / "2022-01-01")
    monkeypatch.chdir(tmp_path)
    assert chosen_plan("2022-01-01", None).name == "A town"
