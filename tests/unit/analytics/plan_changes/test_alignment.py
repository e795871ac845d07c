from dataclasses import replace

import pytest

from analytics.plan_changes.alignment import counterparts
from geofence.difference.comparison import compare
from geofence.plan.timetable import parse_window
from tests.fixtures.changed_towns import BEFORE, plan_of, regrid

MORNING = ("JY01", "07:00-10:00", "云中街")


def windows(*texts):
    return tuple(map(parse_window, texts))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (BEFORE, MORNING),
        (
            regrid(windows=windows("08:00-10:30", "14:30-17:30")),
            ("JY01", "08:00-10:30", "云中街"),
        ),
        (
            regrid(windows=windows("15:00-18:00", "08:00-10:30")),
            ("JY01", "08:00-10:30", "云中街"),
        ),
        (regrid(windows=windows("14:30-17:30")), MORNING),
        (
            plan_of(replace(BEFORE.sections[0], name="云中大街")),
            ("JY01", "07:00-10:00", "云中大街"),
        ),
        (
            plan_of(replace(BEFORE.sections[0], grids=("JY02",))),
            ("JY02", "07:00-10:00", "云中街"),
        ),
    ],
)
def test_what_only_moved_answers_to_what_it_was(after, expected):
    assert counterparts(compare(BEFORE, after))(MORNING) == expected
