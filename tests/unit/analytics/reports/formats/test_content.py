from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.reports.drawing.map_sketch import sketches
from analytics.reports.formats import content
from analytics.reports.formats.content import LIBRARIES, SOURCES, content_of
from analytics.reports.formats.formats import Format
from analytics.wording.words import Language, Words
from tests.fixtures import reported_night as night

ZH, EN = Words(Language.ZH), Words(Language.EN)
ALL = tuple(Format)


def of(report, words=ZH, formats=ALL, shown=None):
    return content_of(report, sketches(report.misses) if shown is None else shown, words, formats)


@pytest.fixture(scope="module")
def known(report):
    return of(report)


def test_a_report_made_of_the_same_day_at_another_time_has_the_same_content(report, known):
    other = replace(night.report(), generated_ms=report.generated_ms + 3_600_000)
    assert of(other) == known


@pytest.mark.parametrize(
    "change",
    [{"plan_name": "other"}, {"plan_versions": ("1" * 64,)}, {"timezone": "Asia/Tokyo"},
     {"schematic": True}, {"last": night.MONDAY.replace(day=29)}],
    ids=str,
)  # fmt: skip
def test_what_a_report_is_of_is_its_content(report, known, change):
    assert of(replace(report, **change)) != known


def test_language_and_formats_are_content(report, known):
    assert of(report, EN) != known
    assert of(report, formats=[Format.CSV]) != known
    assert of(report, formats=ALL[::-1]) == known


def test_every_table_is_content(report):
    lost = {name: {**report.frames, name: frame[:0]} for name, frame in report.frames.items()}
    told = {name: of(replace(report, frames=frames), shown=()) for name, frames in lost.items()}
    same = of(report, shown=())
    assert {name for name in told if told[name] == same} == {
        name for name, frame in report.frames.items() if frame.empty
    }


def test_every_cell_of_a_table_is_content(report):
    for frame in report.frames.values():
        for name in frame.columns if len(frame) else ():
            values = frame[name]
            assert content._column(values) == content._column(values.copy())
            assert content._column(values) != content._column(changed(values)), name


def changed(values):
    """The values with the last of them another."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        last = pd.Timestamp("2001-02-03", tz=values.dtype.tz)
    elif pd.api.types.is_bool_dtype(values):
        last = not values.iloc[-1]
    elif pd.api.types.is_numeric_dtype(values):
        last = 17
    else:
        last = "another"
    return pd.Series([*values.iloc[:-1], last], dtype=values.dtype)


def test_every_line_and_street_of_a_map_is_content(report, known):
    (one,) = sketches(report.misses)
    first, *rest = one.streets
    moved = (first.lines[0] + 0.001,)
    variants = [
        replace(one, bounds=(0.0, 3.0, 0.0, 2.0)),
        replace(one, verdict="skipped"),
        replace(one, others=(np.eye(2),)),
        *(
            replace(one, streets=(replace(first, **change), *rest))
            for change in (
                {"name": "x"}, {"verdict": "late"}, {"lines": moved}, {"missing": moved},
                {"ambiguous": moved},
            )
        ),
    ]  # fmt: skip
    assert len({known, *(of(report, shown=[each]) for each in variants)}) == len(variants) + 1


def test_lines_that_change_places_are_other_content(report):
    (one,) = sketches(report.misses)
    first, *rest = one.streets
    line = first.lines[0]
    as_missing = replace(first, missing=(line,), ambiguous=())
    as_ambiguous = replace(first, missing=(), ambiguous=(line,))
    assert of(report, shown=[replace(one, streets=(as_missing, *rest))]) != of(
        report, shown=[replace(one, streets=(as_ambiguous, *rest))]
    )


def test_the_program_is_content(report, known, monkeypatch):
    content._program.cache_clear()
    monkeypatch.setattr(content, "release", lambda: "1999a")
    try:
        assert of(report) != known
    finally:
        content._program.cache_clear()


def test_what_is_named_of_the_program_is_there():
    assert content._program()
    for source in SOURCES:
        assert (content._ROOT / source).exists(), source
    assert "typst" in LIBRARIES
