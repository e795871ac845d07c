"""Ambiguous passes: they prove nothing, and leave open what they may have served."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage.coverage import NEVER
from analytics.coverage.possible import StreetCells
from analytics.coverage.prism import hidden_m
from analytics.coverage.unseen import Unseen
from analytics.live.status import live_statuses
from analytics.verdicts.judge import Judgement, judge
from geofence.plan.plan import ServiceRules
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, street

RULES = ServiceRules(prism_service_kmh=15.0)


def judged(town: Town, *trucks: Truck) -> Judgement:
    return judge([truck.observation() for truck in trucks], town.plan, town.network, MONDAY)


def only_street(town: Town, *trucks: Truck) -> pd.Series:
    (row,) = (row for _, row in judged(town, *trucks).streets.iterrows())
    return row


def only_grid(town: Town, *trucks: Truck) -> pd.Series:
    (row,) = (row for _, row in judged(town, *trucks).grids.iterrows())
    return row


def standing(town: Town) -> Truck:
    """A truck in sight from 06:30 to 11:00."""
    return Truck(town).stand("云中街", 500, "06:30", "11:00")


def test_a_street_collected_on_an_ambiguous_stretch_is_unknown():
    town = Town()
    truck = standing(town).passing("云中街", 0, 1000, "07:10", "07:30", certain=False)
    row = only_street(town, truck)
    assert (row["verdict"], row["served_ratio"]) == ("unknown", 0.0)
    assert pd.isna(row["started_at"])
    assert pd.isna(row["completed_at"])


def test_an_ambiguous_pass_that_does_not_collect_leaves_nothing_open():
    town = Town()
    truck = standing(town).passing(
        "云中街", 0, 1000, "07:10", "07:12", collecting=False, certain=False
    )
    assert only_street(town, truck)["verdict"] == "skipped"


def test_an_ambiguous_pass_outside_the_period_leaves_nothing_open():
    town = Town(grids=[grid("JY01", "07:00-10:00", "10:30-10:50")])
    truck = standing(town).passing("云中街", 0, 1000, "06:40", "07:00", certain=False)
    truck.passing("云中街", 0, 1000, "10:50", "11:00", certain=False)
    assert judged(town, truck).streets["verdict"].tolist() == ["skipped", "unknown"]


@pytest.mark.parametrize(
    ("proven", "doubtful", "verdict"),
    [
        (900, 0, "served"),
        (899, 0, "partial"),
        (500, 399, "partial"),
        (500, 400, "unknown"),
        (100, 799, "unknown"),
        (101, 798, "partial"),
        (50, 50, "skipped"),
        (50, 51, "unknown"),
    ],
)
def test_what_is_in_doubt_decides_only_where_it_would_make_a_difference(proven, doubtful, verdict):
    town = Town()
    truck = standing(town).passing("云中街", 0, proven, "07:00", "07:10")
    truck.passing("云中街", proven, proven + doubtful, "07:10", "07:20", certain=False)
    assert only_street(town, truck)["verdict"] == verdict


def test_an_ambiguous_pass_over_metres_proven_by_another_changes_nothing():
    town = Town()
    truck = standing(town).passing("云中街", 0, 500, "07:00", "07:10")
    before = judged(town, truck)
    after = judged(town, truck.passing("云中街", 0, 500, "07:20", "07:30", certain=False))
    pd.testing.assert_frame_equal(before.streets, after.streets)
    pd.testing.assert_frame_equal(before.grids, after.grids)
    assert list(before.evidence()) == list(after.evidence())


@pytest.mark.parametrize(("doubt", "verdict"), [("09:50", "unknown"), ("10:11", "late")])
def test_lateness_is_claimed_only_if_no_ambiguous_pass_came_in_time(doubt, verdict):
    town = Town()
    truck = standing(town).passing("云中街", 0, 1000, "10:20", "10:40")
    truck.passing("云中街", 0, 1000, doubt, at(doubt) + 600_000, certain=False)
    assert only_street(town, truck)["verdict"] == verdict


def test_ambiguous_metres_and_gaps_leave_open_what_neither_does_alone():
    town = Town()
    hole = Truck(town).stand("云中街", 950, "06:30", "08:00")
    hole.stand("云中街", 950, "08:02:30", "11:00")  # holds 625 m
    assert only_street(town, hole)["verdict"] == "unknown"  # not skipped, but below 0.90
    hole.passing("云中街", 0, 200, "07:00", "07:10")
    assert only_street(town, hole)["verdict"] == "partial"
    hole.passing("云中街", 200, 250, "07:10", "07:12", certain=False)
    assert only_street(town, hole)["verdict"] == "partial"
    hole.passing("云中街", 250, 290, "07:12", "07:13", certain=False)
    assert only_street(town, hole)["verdict"] == "unknown"


def two_streets() -> Town:
    return Town(street("云中街", (0, 0), (1000, 0)), street("西街", (0, 300), (1000, 300)))


def test_ambiguous_metres_are_not_provably_missed():
    town = two_streets()
    truck = standing(town).passing("西街", 0, 700, "07:00", "07:20", certain=False)
    assert only_grid(town, truck)["provably_missed_m"] == pytest.approx(1300, abs=0.1)


def test_ambiguous_metres_lie_beside_what_gaps_can_hold():
    town = two_streets()
    truck = Truck(town).stand("云中街", 500, "06:30", "08:00")
    truck.stand("云中街", 500, "08:04", "11:00")  # holds 1000 m
    assert only_grid(town, truck)["verdict"] == "partial"
    truck.passing("西街", 0, 900, "07:00", "07:20", certain=False)
    row = only_grid(town, truck)
    assert row["provably_missed_m"] == pytest.approx(100, abs=0.1)
    assert row["verdict"] == "unknown"


def test_a_grid_is_not_called_skipped_if_ambiguous_metres_may_lift_it_above():
    town = two_streets()
    truck = standing(town).passing("云中街", 0, 150, "07:00", "07:10")
    assert only_grid(town, truck)["verdict"] == "skipped"
    truck.passing("云中街", 150, 300, "07:10", "07:20", certain=False)
    found = judged(town, truck)
    assert found.streets["verdict"].tolist() == ["partial", "skipped"]
    assert found.grids["verdict"].tolist() == ["partial"]


X = np.arange(100) + 0.5
METRES = np.ones(100)


def cells(earliest: list[int], maybe: list[int]) -> StreetCells:
    served = np.array(earliest)
    return StreetCells(X, np.zeros(100), METRES, served, np.minimum(served, np.array(maybe)))


def hole(seconds: float) -> Unseen:
    """A truck out of sight at x = 50 from 0 s on."""
    here, there = np.array([50.0]), np.array([0.0])
    return Unseen(
        (TRUCK,), np.zeros(1), np.array([seconds * 1000]), here, there, here, there,
        np.ones(1, np.bool_),
    )  # fmt: skip


instants = st.lists(st.integers(0, 9).map(lambda s: s * 10_000) | st.just(NEVER), min_size=100,
                    max_size=100)  # fmt: skip
untils = st.integers(1, 100).map(lambda s: s * 1000)


def test_a_gap_holds_only_what_no_ambiguous_pass_went_over():
    served = cells([NEVER] * 100, [5] * 40 + [NEVER] * 60)
    assert served.unproven_m(hole(5), 0, 10_000, RULES) == pytest.approx(40 + 5 * 15 / 3.6)
    assert served.unproven_m(hole(60), 0, 60_000, RULES) == 100.0
    assert served.unproven_m(hole(0), 0, 10_000, RULES) == 40.0


@settings(deadline=None)
@given(instants, instants, untils, st.floats(0.1, 60))
def test_a_missing_metre_is_counted_once_and_a_served_one_never(served, maybe, until, seconds):
    found = cells(served, maybe).unproven_m(hole(seconds), 0, until, RULES)
    missing = np.array(served) >= until
    doubtful = missing & (np.array(maybe) < until)
    assert doubtful.sum() <= found <= missing.sum()


@settings(deadline=None)
@given(instants, untils, st.floats(0.1, 60))
def test_without_ambiguous_passes_only_gaps_leave_doubt(served, until, seconds):
    missing = np.array(served) >= until
    expected = hidden_m(
        X[missing], np.zeros(missing.sum()), METRES[missing], hole(seconds), 0, until, RULES
    )
    nothing = [NEVER] * 100
    assert cells(served, nothing).unproven_m(hole(seconds), 0, until, RULES) == expected


TOWN = Town(
    street("云中街", (0, 0), (600, 0), section="y1"),
    street("云中街", (600, 0), (1000, 0), section="y2"),
    street("西街", (0, 300), (300, 300)),
    street("他街", (0, 600), (1200, 600), grids=["JY02"]),
    grids=[grid("JY01", "07:00-10:00", "10:20-10:40"), grid("JY02", vehicles=["晋B2"])],
)
LENGTHS = {"y1": 600, "y2": 400, "西街": 300, "他街": 1200}


@st.composite
def drives(draw) -> tuple[str, float, float, int, int]:
    section = draw(st.sampled_from(sorted(LENGTHS)))
    share = st.sampled_from([0.0, 0.05, 0.5, 0.85, 1.0]) | st.floats(0, 1)
    started = at("06:50") + draw(st.integers(0, 230)) * 60_000
    return (
        section,
        draw(share) * LENGTHS[section],
        draw(share) * LENGTHS[section],
        started,
        started + draw(st.integers(1, 20)) * 60_000,
    )


several = st.lists(drives(), max_size=7)
holes = st.none() | st.tuples(st.integers(0, 200), st.integers(3, 20))


def town_truck(certain, doubtful, hole) -> Truck:
    """A truck that passes where it is told, and is in sight but for a hole."""
    truck = Truck(TOWN)
    begin, minutes = hole or (0, 0)
    out_ms = at("06:50") + begin * 60_000
    truck.stand("y1", 500, "06:30", out_ms).stand("y1", 500, out_ms + minutes * 60_000, "11:30")
    for drive in certain:
        truck.passing(*drive)
    for drive in doubtful:
        truck.passing(*drive, certain=False)
    return truck


@settings(deadline=None, max_examples=100)
@given(several, several, several, holes)
def test_losing_certainty_never_makes_a_claim(certain, lost, doubtful, hole):
    before = judged(TOWN, town_truck([*certain, *lost], doubtful, hole))
    after = judged(TOWN, town_truck(certain, [*lost, *doubtful], hole))
    for was, now in zip(before.streets["verdict"], after.streets["verdict"], strict=True):
        assert now in {was, "unknown"}
    for was, now in zip(before.grids["verdict"], after.grids["verdict"], strict=True):
        # a skipped grid with a street that turned unknown is partial: the weaker claim
        assert now in {was, "unknown"} or (was, now) == ("skipped", "partial")
    assert before.grids["provably_missed_m"].tolist() == after.grids["provably_missed_m"].tolist()
    for was, now in zip(before.grids["flags"], after.grids["flags"], strict=True):
        assert set(now.split("|")) <= {*was.split("|"), ""}


@settings(deadline=None, max_examples=30)
@given(several, several, st.integers(0, 300))
def test_losing_certainty_changes_no_status(certain, lost, minute):
    now_ms = at("06:30") + minute * 60_000

    def told(truck: Truck) -> list[str]:
        found = live_statuses([truck.observation()], TOWN.plan, TOWN.network, MONDAY, now_ms)
        return found["status"].tolist()

    assert told(town_truck([*certain, *lost], [], None)) == told(town_truck(certain, lost, None))


@settings(deadline=None, max_examples=100)
@given(several, several, st.integers(0, 127))
def test_whatever_an_ambiguous_truck_did_the_claims_made_of_it_hold(certain, doubtful, which):
    """Some of the ambiguous passes really happened and the others did not."""
    real = [drive for number, drive in enumerate(doubtful) if which >> number & 1]
    claimed = judged(TOWN, town_truck(certain, doubtful, None))
    truth = judged(TOWN, town_truck([*certain, *real], [], None))
    for claim, true in zip(claimed.streets["verdict"], truth.streets["verdict"], strict=True):
        assert claim in {true, "unknown"}
    for claim, true in zip(claimed.grids["verdict"], truth.grids["verdict"], strict=True):
        # of a grid, `partial` says no more than that some street provably was not done
        assert claim in {true, "unknown"} or (claim, true) == ("partial", "skipped")
    missed = claimed.grids["provably_missed_m"] <= truth.grids["provably_missed_m"] + 1e-6
    assert missed.all()


@settings(deadline=None, max_examples=30)
@given(several, several, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_ambiguous_passes_matters(certain, doubtful, random):
    one = judged(TOWN, town_truck(certain, doubtful, None))
    shuffled = doubtful * 2
    random.shuffle(shuffled)
    other = judged(TOWN, town_truck(certain[::-1], shuffled, None))
    pd.testing.assert_frame_equal(one.streets, other.streets)
    pd.testing.assert_frame_equal(one.grids, other.grids)
    assert list(one.evidence()) == list(other.evidence())


def test_a_morning_without_certainty_claims_only_what_cannot_have_been_done():
    truck = town_truck([], [("y1", 0, 600, at("07:00"), at("07:10"))], None)
    verdicts = judged(TOWN, truck).streets
    morning = verdicts[(verdicts["grid_id"] == "JY01") & (verdicts["window"] == "07:00-10:00")]
    assert morning["street"].tolist() == ["云中街", "西街"]
    assert morning["verdict"].tolist() == ["unknown", "skipped"]
