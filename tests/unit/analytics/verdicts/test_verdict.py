import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.verdicts.verdict import Service, Verdict, judge_grid, judge_street
from geofence.plan.plan import ServiceRules

RULES = ServiceRules()
SERVED, LATE, PARTIAL, SKIPPED, UNKNOWN = Verdict


def judged(
    in_time: float = 0.0,
    served: float | None = None,
    *,
    hidden_in_time: float = 0.0,
    hidden: float = 0.0,
    was_pinged: bool = True,
) -> Verdict:
    """Judge a street of 1000 m by shares of its length."""
    service = Service(
        1000.0, in_time * 1000, (in_time if served is None else served) * 1000, was_pinged
    )
    return judge_street(service, lambda: hidden_in_time * 1000, lambda: hidden * 1000, RULES)


@pytest.mark.parametrize(
    ("in_time", "served", "hidden_in_time", "hidden", "verdict"),
    [
        (1.0, 1.0, 0, 0, SERVED),
        (0.9, 0.9, 0, 0, SERVED),
        (0.899, 1.0, 0, 0, LATE),
        (0.0, 0.9, 0.899, 0.899, LATE),
        (0.0, 0.9, 0.9, 0.9, UNKNOWN),
        (0.5, 0.899, 0, 0, PARTIAL),
        (0.5, 0.5, 0.399, 0.399, PARTIAL),
        (0.5, 0.5, 0.4, 0.4, UNKNOWN),
        (0.1, 0.1, 0, 0, SKIPPED),
        (0.101, 0.101, 0, 0, PARTIAL),
        (0.05, 0.05, 0.05, 0.05, SKIPPED),
        (0.05, 0.05, 0.051, 0.051, UNKNOWN),
        (0.0, 0.0, 0.9, 0.9, UNKNOWN),
        (0.0, 0.05, 1.0, 0.0, SKIPPED),
    ],
)
def test_a_street_is_judged_by_what_was_seen_and_what_may_be_hidden(
    in_time, served, hidden_in_time, hidden, verdict
):
    assert judged(in_time, served, hidden_in_time=hidden_in_time, hidden=hidden) is verdict


def test_a_window_without_a_ping_is_unknown():
    assert judged(0.0, was_pinged=False) is UNKNOWN


@pytest.mark.parametrize(
    ("in_time", "served", "verdict"),
    [(0.9, 0.9, SERVED), (0.5, 1.0, UNKNOWN), (0.5, 0.5, UNKNOWN), (0.0, 0.0, UNKNOWN)],
)
def test_a_street_too_short_to_prove_anything_against_is_served_or_unknown(
    in_time, served, verdict
):
    for length_m, expected in ((19.9, verdict), (20.0, judged(in_time, served))):
        service = Service(length_m, in_time * length_m, served * length_m, True, provable_m=20.0)
        assert judge_street(service, lambda: 0.0, lambda: 0.0, RULES) is expected


share = st.floats(0, 1)


@given(share, share, share, share, share)
def test_seeing_more_service_never_takes_a_street_from_served(in_time, more, late, h, hw):
    before = judged(in_time, max(in_time, late), hidden=h, hidden_in_time=hw)
    after = judged(max(in_time, more), max(in_time, more, late), hidden=h, hidden_in_time=hw)
    assert not (before is SERVED and after is not SERVED)


@given(share, share, share, share)
def test_a_longer_gap_never_turns_unknown_into_a_claim(in_time, late, hidden, more):
    served = max(in_time, late)
    before = judged(in_time, served, hidden=hidden, hidden_in_time=hidden)
    after = judged(in_time, served, hidden=hidden + more, hidden_in_time=hidden + more)
    assert after is before or after is UNKNOWN


@given(share, share, share, share)
def test_no_claim_is_made_that_the_truth_may_contradict(in_time, late, hidden, revealed):
    """Whatever part of the hidden metres was really served, the claim made without them holds."""
    served = max(in_time, late)
    claim = judged(in_time, served, hidden=hidden, hidden_in_time=hidden)
    done = min(1.0, served + revealed * hidden)
    truth = judged(min(done, in_time + revealed * hidden), done)
    if claim is SKIPPED:
        assert truth is SKIPPED
    elif claim is PARTIAL:
        assert truth is PARTIAL
    elif claim is LATE:
        assert truth is LATE


@pytest.mark.parametrize(
    ("streets", "possible", "missed", "verdict"),
    [
        ([SERVED, SERVED], 0.95, 0.05, SERVED),
        ([SERVED, LATE], 0.95, 0.0, LATE),
        ([LATE], 0.95, 0.0, LATE),
        ([SERVED, LATE, UNKNOWN], 0.7, 0.1, UNKNOWN),
        ([SERVED, LATE, UNKNOWN], 0.7, 0.101, PARTIAL),
        ([UNKNOWN], 0.0, 0.0, UNKNOWN),
        ([SKIPPED, SERVED], 0.5, 0.5, PARTIAL),
        ([PARTIAL, SERVED], 0.8, 0.1, PARTIAL),
        ([SKIPPED, SKIPPED], 0.05, 0.95, SKIPPED),
        ([SKIPPED, SERVED], 0.1, 0.9, SKIPPED),
        ([SKIPPED, SERVED], 0.101, 0.899, PARTIAL),
        ([SKIPPED, UNKNOWN], 0.05, 0.5, PARTIAL),
        ([PARTIAL, SKIPPED], 0.1, 0.9, SKIPPED),
    ],
)
def test_a_grid_is_judged_by_its_streets(streets, possible, missed, verdict):
    assert (
        judge_grid(streets, possible * 5000, 5000, missed * 5000, RULES, was_pinged=True) is verdict
    )
