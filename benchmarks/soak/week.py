"""The days of a soak: what the fleet sends, and the plan that is in force, which changes once."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan
from simulators.fleet.fleet import simulate_day
from simulators.receivers.scenario import Scenario
from simulators.replay.replay import Message, messages

FIRST = date(2022, 4, 1)
BURST = 10
"""Fixes a tracker sends at once."""
SAMPLE = Path(__file__).parents[2] / "geofence" / "sample"
_BEFORE, _AFTER = '"07:00-10:00"', '"07:00-10:30"'


@dataclass(frozen=True, slots=True)
class SoakDay:
    """A service date and all that its trackers send."""

    service_date: date
    plan: Path
    messages: list[Message]
    """In the order and at the pace they are sent."""


def soak_days(folder: Path, count: int, seed: int, *, changes_on: int) -> Iterator[SoakDay]:
    """Simulate days one after the other; from day `changes_on` on another plan is in force.

    The plans are written to `folder`.
    """
    plans = _write_plans(folder, FIRST + timedelta(days=changes_on))
    for number in range(count):
        path, plan = plans[number >= changes_on]
        on = FIRST + timedelta(days=number)
        day = simulate_day(plan, on, Scenario.MIXED, seed + number)
        yield SoakDay(on, path, list(messages(day.pings, BURST)))


def _write_plans(folder: Path, changes: date) -> list[tuple[Path, Plan]]:
    text = (SAMPLE / "plan.toml").read_text(encoding="utf-8")
    first = "effective_from = 2022-03-25"
    if _BEFORE not in text or first not in text:
        raise ValueError(f"the sample plan has no {_BEFORE} or no {first}: mend benchmarks.soak")
    changed = text.replace(_BEFORE, _AFTER).replace(first, f"effective_from = {changes}")
    written = []
    for name, content in (("before", text), ("after", changed)):
        place = folder / name
        place.mkdir(parents=True)
        for file in ("streets.geojson", "facilities.geojson"):
            shutil.copy(SAMPLE / file, place)
        (place / "plan.toml").write_text(content, encoding="utf-8")
        written.append((place / "plan.toml", read_plan(place / "plan.toml")))
    return written
