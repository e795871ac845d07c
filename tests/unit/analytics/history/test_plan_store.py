"""Plans in a database: whole, unaltered, and each in force from its date."""

import zlib
from dataclasses import replace
from datetime import date
from importlib.resources import as_file, files

import numpy as np
import pytest
import sqlalchemy as sa

from analytics.history.history import History, HistoryError
from analytics.history.plan_store import pack, unpack
from analytics.history.tables import plans
from geofence.plan.plan import Assignment, Exemption, Operator
from geofence.plan.reader import read_plan
from geofence.plan.version import content_version
from ingest.log.pinglog import open_log
from tests.fixtures.recorded_town import PLAN, versioned

RICH = versioned(
    PLAN,
    operators=(
        Operator("sweep-1", "机扫一公司", "司机 13800000000", ("晋B90001",)),
        Operator("sweep-2", "机扫二公司"),
    ),
    assignments=(Assignment("JY01", date(2022, 3, 30), ("晋B90002",)),),
    exemptions=(
        Exemption(date(2022, 4, 3), date(2022, 4, 5), "holiday", "清明节"),
        Exemption(
            date(2022, 4, 7), date(2022, 4, 7), "road_closed", "", "JY01", ("云中街",),
            ("07:00-10:00",),
        ),
    ),
)  # fmt: skip


@pytest.fixture
def log(database_url):
    with open_log(database_url) as opened:
        yield opened


def test_a_plan_comes_back_with_all_that_is_judged_by(log):
    assert History(log).store_plan(RICH, 1)
    found = History(log).plan_in_force(date(2022, 4, 1))
    assert found.version == RICH.version == content_version(found)
    assert (found.grids, found.assignments, found.exemptions, found.rules) == (
        RICH.grids, RICH.assignments, RICH.exemptions, RICH.rules,
    )  # fmt: skip
    assert [operator.spares for operator in found.operators] == [("晋B90001",), ()]
    for one, other in zip(found.sections, RICH.sections, strict=True):
        assert np.array_equal(one.coordinates, other.coordinates)


def test_the_sample_plan_comes_back_whole():
    with as_file(files("geofence") / "sample") as sample:
        plan = read_plan(sample / "plan.toml")
    assert content_version(unpack(pack(plan), plan.version)) == plan.version


def test_contacts_are_not_stored(log):
    History(log).store_plan(RICH, 1)
    assert [each.contact for each in History(log).plan(RICH.version).operators] == ["", ""]
    assert b"13800000000" not in text_of_all(log)


def text_of_all(log):
    with log.transaction(write=False) as connection:
        return b"".join(map(zlib.decompress, connection.scalars(sa.select(plans.c.content))))


def test_a_plan_is_stored_once(log):
    assert History(log).store_plan(RICH, 1)
    assert not History(log).store_plan(RICH, 2)
    (stored,) = History(log).plans()
    assert (stored.version, stored.name, stored.stored_ms) == (RICH.version, RICH.name, 1)
    assert stored.effective_from == RICH.effective_from


def test_the_plan_in_force_is_the_last_one_valid_by_the_date(log):
    history = History(log)
    summer = versioned(RICH, effective_from=date(2022, 6, 1))
    spring = versioned(RICH, effective_from=date(2022, 3, 1))
    for number, plan in enumerate((summer, RICH, spring)):
        history.store_plan(plan, number)
    for day, plan in (
        (date(2022, 1, 1), RICH), (date(2022, 2, 28), RICH), (date(2022, 3, 1), spring),
        (date(2022, 5, 31), spring), (date(2022, 6, 1), summer), (date(2030, 1, 1), summer),
    ):  # fmt: skip
        assert history.plan_in_force(day).version == plan.version
    assert [each.version for each in history.plans()] == [
        RICH.version, spring.version, summer.version,
    ]  # fmt: skip


def test_of_two_plans_with_one_date_the_one_stored_last_counts_even_if_it_was_the_first(log):
    history = History(log)
    corrected = versioned(RICH, name="corrected")
    for number, plan in enumerate((RICH, corrected)):
        assert history.store_plan(plan, number)
    assert history.plan_in_force(date(2022, 4, 1)).version == corrected.version
    assert history.store_plan(RICH, 2)
    assert history.plan_in_force(date(2022, 4, 1)).version == RICH.version
    assert len(history.plans()) == 3


def test_without_a_plan_for_the_date_it_is_told_what_there_is(log):
    with pytest.raises(HistoryError, match="none is stored; store one with pingcheng plan store"):
        History(log).plan_in_force(date(2022, 4, 1))
    History(log).store_plan(RICH, 1)
    with pytest.raises(HistoryError, match="the first of 1 is valid from 2022-01-01"):
        History(log).plan_in_force(date(2021, 12, 31))
    with pytest.raises(HistoryError, match="the plan abc is not stored"):
        History(log).plan("abc")


def test_an_altered_plan_is_refused():
    other = replace(RICH, name="altered")
    with pytest.raises(HistoryError, match="was altered"):
        unpack(pack(other), RICH.version)
    with pytest.raises(HistoryError, match="cannot be read"):
        unpack(pack(RICH)[:-5], RICH.version)


def test_a_text_that_is_no_unicode_is_told_and_not_stored():
    broken = replace(RICH, name="\ud800")
    with pytest.raises(HistoryError, match="no Unicode"):
        pack(broken)
