from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.tables.rates import count_rates, with_rates
from analytics.reports.tables.views import RATES, VERDICTS

STREETS = st.lists(
    st.tuples(
        st.sampled_from(["JY01", "JR02"]), st.sampled_from("甲乙丙"), st.sampled_from(VERDICTS)
    ),
    min_size=1,
    max_size=40,
)


def counted(verdicts, by=("all",)):
    streets = pd.DataFrame({"verdict": pd.Series(verdicts, dtype="str"), "all": "all"})
    return count_rates(streets, list(by))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=40))
def test_rates_are_what_their_definition_says(verdicts):
    (row,) = counted(verdicts).to_dict("records")
    decided = len(verdicts) - verdicts.count("unknown")
    assert row["judged"] == len(verdicts)
    assert row["unknown_rate"] == verdicts.count("unknown") / len(verdicts)
    if decided:
        assert row["compliance_rate"] == verdicts.count("served") / decided
        assert row["done_rate"] == (verdicts.count("served") + verdicts.count("late")) / decided
    else:
        assert np.isnan(row["compliance_rate"])
        assert np.isnan(row["done_rate"])


@settings(deadline=None, max_examples=50)
@given(STREETS)
def test_groups_come_as_they_first_occur_each_with_the_counts_of_its_own(streets):
    frame = pd.DataFrame(streets, columns=["grid_id", "street", "verdict"])
    found = count_rates(frame, ["grid_id", "street"])
    keys = list(zip(found["grid_id"], found["street"], strict=True))
    assert keys == list(dict.fromkeys((grid, street) for grid, street, _ in streets))
    counts = Counter(streets)
    for key, row in zip(keys, found.to_dict("records"), strict=True):
        assert [row[verdict] for verdict in VERDICTS] == [counts[*key, each] for each in VERDICTS]


def test_adding_unknown_verdicts_changes_no_other_rate():
    one, other = (
        counted(verdicts).iloc[0]
        for verdicts in (
            ["served", "late", "skipped"],
            ["served", "late", "skipped", *["unknown"] * 7],
        )
    )
    assert one["compliance_rate"] == other["compliance_rate"]
    assert one["done_rate"] == other["done_rate"]


def test_the_columns_are_those_of_every_view_of_rates_after_the_keys():
    assert set(counted(["served"]).columns) == {"all", *(column.name for column in RATES)}


def test_without_any_street_there_is_no_group():
    assert len(counted([])) == 0


def test_an_index_with_gaps_or_repetitions_counts_nothing_twice():
    streets = pd.DataFrame({"verdict": ["served", "late", "late"], "all": "all"}, index=[7, 7, 0])
    (row,) = count_rates(streets, ["all"]).to_dict("records")
    assert (row["served"], row["late"], row["judged"]) == (1, 2, 3)


def test_streets_whose_key_is_missing_are_a_group_of_their_own():
    streets = pd.DataFrame({"verdict": ["served", "late"], "operator": ["机扫一公司", None]})
    assert list(count_rates(streets, ["operator"])["judged"]) == [1, 1]


def test_counts_of_nothing_have_no_rate_at_all():
    nothing = pd.DataFrame({verdict: [0] for verdict in VERDICTS})
    (row,) = with_rates(nothing).to_dict("records")
    assert row["judged"] == 0
    assert [row[name] for name in ("compliance_rate", "done_rate", "unknown_rate")] == [
        pytest.approx(np.nan, nan_ok=True)
    ] * 3
