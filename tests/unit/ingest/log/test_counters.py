from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.log.counters import Counters, count, read_counters
from tests.fixtures import quick_log

log = quick_log.log
SOUND = Counters(10, 4, 3, 1, 2, {"not_json": 1, "unknown_vehicle": 1})


def change(log, **amounts):
    with log.transaction(write=True) as connection:
        count(connection, Counter({name.replace("__", "."): n for name, n in amounts.items()}))


def test_counters_balance_if_all_that_came_is_accounted_for():
    assert SOUND.balanced


@pytest.mark.parametrize("name", ["received", "stored", "duplicate", "conflicting", "rejected"])
def test_one_ping_that_vanished_from_any_of_them_tips_the_balance(name):
    assert not replace(SOUND, **{name: getattr(SOUND, name) - 1}).balanced


def test_rejections_that_no_code_accounts_for_tip_the_balance():
    assert not replace(SOUND, rejected_by_code={"not_json": 1}).balanced


def test_the_law_is_written_out_with_every_number_at_its_name():
    assert SOUND.conservation() == (
        "received 10 = stored 4 + duplicate 3 + conflicting 1 + rejected 2"
    )


def test_a_new_log_has_counted_nothing_and_balances(log):
    assert log.counters() == Counters(0, 0, 0, 0, 0, {})
    assert log.counters().balanced


names = st.sampled_from(["received", "stored", "rejected", "rejected.not_json", "rejected.a"])
changes = st.lists(st.dictionaries(names, st.integers(0, 9)), max_size=6)


@given(changes)
@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_changes_add_up_whatever_way_they_are_cut_into_transactions(log, made):
    before = log.counters()
    for each in made:
        with log.transaction(write=True) as connection:
            count(connection, Counter(each))
    total = sum((Counter(each) for each in made), Counter())
    after = log.counters()
    assert after.received - before.received == total["received"]
    assert after.stored - before.stored == total["stored"]
    for code in ("not_json", "a"):
        known = before.rejected_by_code.get(code, 0)
        assert after.rejected_by_code.get(code, 0) - known == total[f"rejected.{code}"]


def test_what_is_released_counts_no_more_and_its_code_is_gone_with_its_last(log):
    change(log, rejected=2, rejected__not_json=1, rejected__wrong_type=1)
    change(log, rejected=-1, rejected__not_json=-1)
    assert log.counters().rejected == 1
    assert log.counters().rejected_by_code == {"wrong_type": 1}


def test_codes_are_told_in_alphabetical_order_however_they_came(log):
    change(log, rejected__wrong_type=1)
    change(log, rejected__bad_topic=1, rejected__not_json=1)
    assert [*log.counters().rejected_by_code] == ["bad_topic", "not_json", "wrong_type"]


def test_a_change_belongs_to_the_transaction_that_makes_it_true(log):
    with suppress(RuntimeError), log.transaction(write=True) as connection:
        count(connection, Counter(received=5))
        assert read_counters(connection).received == 5
        raise RuntimeError
    assert log.counters().received == 0
