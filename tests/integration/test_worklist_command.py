"""`pingcheng worklist` on real databases: it closes by itself, and takes the plan in force."""

import csv
import io

from typer.testing import CliRunner

from geofence.plan.reader import read_plan
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures import missed_street
from tests.fixtures.missed_street import SPARE, spare_pings, working_day
from tests.fixtures.reported_town import write

plan = missed_street.plan


def run(*arguments):
    return CliRunner().invoke(app, ["worklist", *map(str, arguments)])


def rows(*arguments):
    result = run(*arguments, "--format", "csv")
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout.removeprefix("\ufeff"))))


def test_a_street_leaves_the_list_when_pings_prove_that_it_was_collected(plan, database_url):
    asked = ("--plan", plan, "--database", database_url, "--date", "2022-03-28")
    write(database_url, working_day())
    (row,) = rows(*asked)
    assert (row["street"], row["windows"]) == ("魏都大道", "07:00-08:00|09:00-10:00")
    assert (row["state"], row["passes_needed"]) == ("open", "2")

    write(database_url, spare_pings())
    still, done = rows(*asked, "--all")
    assert (still["windows"], still["state"], still["passes_needed"]) == (
        "09:00-10:00",
        "open",
        "1",
    )
    assert (done["windows"], done["state"], done["vehicle_id"]) == (
        "07:00-08:00", "made_up", SPARE,
    )  # fmt: skip
    assert done["made_up_at"].startswith("2022-03-28T11:05")
    assert len(rows(*asked)) == 1


def test_the_stored_plan_in_force_is_taken_and_no_contact_is_shown(plan, database_url):
    from analytics.history.history import History

    write(database_url, working_day())
    asked = ("--database", database_url, "--date", "2022-03-28")
    refused = run(*asked)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: ")
    assert refused.stderr.count("\n") == 1
    with open_log(database_url) as log:
        History(log).store_plan(read_plan(plan), 1_648_000_000_000)
    result = run(*asked, "--language", "en")
    assert result.exit_code == 0, result.stderr
    assert "机扫一公司: second collection, 2022-03-28" in result.stdout
    assert "1 streets to collect again, 2 passes; 0 misses made up" in result.stdout
    assert "13800000000" not in result.output
    assert "待补收街道 1 条" in run(*asked).stdout
