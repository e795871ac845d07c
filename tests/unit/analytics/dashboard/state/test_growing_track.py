from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.dashboard.state.growing_track import EVER, NEVER, GrowingTrack, changed_from_ms
from geofence.matching.matcher import Matcher
from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Gaps, Observation, Passes
from geofence.seen.observe import observe, read_fixes
from tests.fixtures.town import TRUCK, Town, Truck, at, street

TOWN = Town(
    street("云中街", (0, 0), (600, 0)),
    street("支路", (600, 0), (600, 300)),
)
RULES = ServiceRules()
MATCHER = Matcher(TOWN.network)
PINGS = (
    Truck(TOWN, interval_s=10)
    .drive("云中街", 0, 600, "07:00", "07:05")
    .drive("支路", 0, 300, "07:05", "07:08")
    .stand("支路", 300, "07:15", "07:18")  # silent for seven minutes
    .pings()
)


def track() -> GrowingTrack:
    return GrowingTrack(TRUCK, MATCHER, RULES)


def add(growing: GrowingTrack, pings) -> None:
    growing.add(*read_fixes(pings, TOWN.network))


def facts(seen: Observation) -> dict[str, list]:
    """All that an observation says, as lists."""
    own = {
        field.name: getattr(seen, field.name)
        for field in fields(Observation)
        if field.name not in {"vehicle_id", "passes", "gaps", "visits"}
    }
    for part in (seen.passes, seen.gaps, seen.visits):
        own |= {
            f"{type(part).__name__}.{field.name}": getattr(part, field.name)
            for field in fields(part)
        }
    return {name: values.tolist() for name, values in own.items()}


(WHOLE,) = observe(PINGS, TOWN.network, RULES)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_fixes_in_portions_of_any_order_are_seen_as_all_at_once(data):
    places = data.draw(st.permutations(range(len(PINGS))))
    cuts = sorted(data.draw(st.lists(st.integers(1, len(PINGS) - 1), unique=True, max_size=4)))
    growing = track()
    for portion in np.split(np.array(places), cuts):
        add(growing, PINGS.iloc[np.sort(portion)])
        if data.draw(st.booleans()):
            growing.look()
    growing.look()
    assert facts(growing.observation) == facts(WHOLE)


def test_of_two_fixes_of_one_instant_the_one_that_came_later_counts():
    growing = track()
    add(growing, PINGS.assign(latitude=PINGS["latitude"] + 0.0001))
    add(growing, PINGS)
    growing.look()
    assert facts(growing.observation) == facts(WHOLE)


def test_at_the_first_look_everything_is_new():
    growing = track()
    add(growing, PINGS)
    assert growing.look() == EVER


def test_without_news_nothing_changes():
    growing = track()
    add(growing, PINGS)
    growing.look()
    add(growing, PINGS.iloc[5:9])
    assert growing.look() == NEVER


@settings(max_examples=25, deadline=None)
@given(number=st.integers(2, len(PINGS) - 1))
def test_what_ended_before_the_instant_told_is_as_it_was(number):
    growing = track()
    add(growing, PINGS.iloc[:number])
    growing.look()
    before = growing.observation
    add(growing, PINGS.iloc[number:])
    changed_ms = growing.look()
    assert changed_ms <= before.time_ms[-1]
    assert ended_by(before, changed_ms) == ended_by(growing.observation, changed_ms)


def ended_by(seen: Observation, at_ms: int) -> list[tuple]:
    passes = zip(
        *(getattr(seen.passes, field.name).tolist() for field in fields(Passes)), strict=True
    )
    return [each for each in passes if each[4] < at_ms]


def test_a_fix_that_goes_on_changes_nothing_long_before_it():
    growing = track()
    add(growing, PINGS.iloc[:-1])
    growing.look()
    add(growing, PINGS.iloc[-1:])
    assert growing.look() >= at("07:15")


# --- what differs between two observations

SEEN = (
    Truck(TOWN)
    .drive("云中街", 0, 300, "07:00", "07:02")
    .drive("云中街", 300, 600, "07:02", "07:04")
    .stand("支路", 300, "07:10", "07:12")
    .observation()
)


def test_equal_observations_differ_at_no_instant():
    assert changed_from_ms(SEEN, replace(SEEN)) == NEVER


def with_other(part: str, name: str, row: int) -> Observation:
    values = getattr(getattr(SEEN, part), name).copy()
    values[row] = not values[row] if values.dtype == np.bool_ else values[row] + 1
    return replace(SEEN, **{part: replace(getattr(SEEN, part), **{name: values})})


@pytest.mark.parametrize(
    "name", [field.name for field in fields(Passes) if field.name != "started_ms"]
)
def test_another_pass_changes_all_from_when_it_began(name):
    other = with_other("passes", name, 1)
    assert changed_from_ms(SEEN, other) == changed_from_ms(other, SEEN) == at("07:02")


@pytest.mark.parametrize(
    "name", [field.name for field in fields(Gaps) if field.name != "started_ms"]
)
def test_another_gap_changes_all_from_when_it_began(name):
    other = with_other("gaps", name, 0)
    assert changed_from_ms(SEEN, other) == changed_from_ms(other, SEEN) == at("07:04")


@pytest.mark.parametrize(("part", "row"), [("passes", 1), ("gaps", 0)])
def test_what_begins_otherwise_changes_all_from_the_earlier_beginning(part, row):
    began_ms = int(getattr(SEEN, part).started_ms[row])
    later = with_other(part, "started_ms", row)
    assert changed_from_ms(SEEN, later) == changed_from_ms(later, SEEN) == began_ms


def test_a_pass_that_is_gone_changes_all_from_when_it_began():
    first = replace(
        SEEN,
        passes=Passes(*(getattr(SEEN.passes, field.name)[:1] for field in fields(Passes))),
    )
    assert changed_from_ms(SEEN, first) == changed_from_ms(first, SEEN) == at("07:02")


@pytest.mark.parametrize("name", ["x", "y"])
def test_a_fix_elsewhere_changes_all_from_the_fix_before(name):
    values = getattr(SEEN, name).copy()
    values[3] += 1.0
    assert changed_from_ms(SEEN, replace(SEEN, **{name: values})) == SEEN.time_ms[2]


def test_a_first_fix_elsewhere_changes_everything():
    moved = SEEN.x.copy()
    moved[0] += 1.0
    assert changed_from_ms(SEEN, replace(SEEN, x=moved)) == EVER


def test_a_new_last_fix_changes_all_from_the_last_before_it():
    less = replace(SEEN, time_ms=SEEN.time_ms[:-1], x=SEEN.x[:-1], y=SEEN.y[:-1])
    assert changed_from_ms(less, SEEN) == SEEN.time_ms[-2]
