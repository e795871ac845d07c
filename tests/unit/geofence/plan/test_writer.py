import tomllib
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geofence.plan.plan import (
    EXEMPTION_REASONS,
    Assignment,
    Exemption,
    Grid,
    Operator,
    Plan,
    ServiceRules,
)
from geofence.plan.reader import read_roster
from geofence.plan.timetable import parse_window
from geofence.plan.version import content_version
from geofence.plan.writer import render_plan

TEXT = (
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)
IDS = st.text("晋BQ0123456789机扫-_\"'\\[]{}=", min_size=1, max_size=10)
WINDOWS = st.sampled_from(["07:00-10:00", "22:00-02:00", "00:00-24:00", "08:00-20:00"])


@st.composite
def plans(draw) -> Plan:
    grids = tuple(
        Grid(
            id=grid_id,
            operator_id="op",
            vehicles=tuple(draw(st.lists(IDS, min_size=1, max_size=3, unique=True))),
            windows=tuple(
                parse_window(text)
                for text in draw(st.lists(WINDOWS, min_size=1, max_size=3, unique=True))
            ),
            days=draw(st.frozensets(st.integers(0, 6), min_size=1)),
            streets=tuple(draw(st.lists(TEXT, max_size=3, unique=True))),
        )
        for grid_id in draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    )
    return Plan(
        name=draw(TEXT),
        timezone="Asia/Shanghai",
        effective_from=draw(st.dates(date(1970, 1, 1))),
        operators=(
            Operator(
                "op",
                draw(TEXT),
                draw(st.just("") | TEXT),
                tuple(draw(st.lists(IDS, max_size=2, unique=True))),
            ),
        ),
        grids=grids,
        sections=(),
        version="",
        rules=ServiceRules(served_ratio=draw(st.floats(0.2, 1))),
        assignments=(Assignment(grids[0].id, draw(st.dates(date(1970, 1, 1))), ("spare",)),),
        exemptions=tuple(draw(st.lists(exemptions(grids), max_size=2, unique=True))),
        schematic=draw(st.booleans()),
    )


@st.composite
def exemptions(draw, grids: tuple[Grid, ...]) -> Exemption:
    grid = draw(st.sampled_from(grids))
    dates = sorted([draw(st.dates(date(1970, 1, 1))), draw(st.dates(date(1970, 1, 1)))])
    windows = st.lists(st.sampled_from([window.text for window in grid.windows]), unique=True)
    return Exemption(
        dates[0],
        draw(st.sampled_from(dates)),
        draw(st.sampled_from(EXEMPTION_REASONS)),
        note=draw(st.just("") | TEXT),
        grid_id=draw(st.sampled_from(["", grid.id])),
        streets=tuple(draw(st.lists(TEXT, max_size=2, unique=True))),
        windows=tuple(draw(windows)),
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans(), st.text(max_size=20).filter(str.isprintable))
def test_what_is_written_is_read_back(tmp_path, plan, note):
    path = tmp_path / "plan.toml"
    text = render_plan(plan, preface=note, grid_notes={plan.grids[0].id: note})
    path.write_text(text, encoding="utf-8", newline="")
    roster = read_roster(path)
    assert roster.version == content_version(plan)
    assert roster.grids == plan.grids
    assert roster.operators == plan.operators
    assert roster.exemptions == plan.exemptions
    assert roster.assignments == plan.assignments
    assert (roster.rules, roster.schematic) == (plan.rules, plan.schematic)


def test_comments_hold_no_control_which_toml_refuses():
    plan = Plan("A", "Asia/Shanghai", date(2022, 3, 25), (), (), (), "")
    text = render_plan(plan, preface="Imported from a\x00\x1bb.tsv\nby hand")
    assert text.startswith("# Imported from a\\x00\\x1bb.tsv\n# by hand\n")
    assert tomllib.loads(text)["name"] == "A"
