import csv
import io

from geofence.locating.resolution import MentionKind, Piece, Resolution, UnlocatedReason
from geofence.survey.unlocated import COLUMNS, render_unlocated


def rows(*resolutions):
    text = render_unlocated(resolutions, {"JY01": "嘉益"})
    return list(csv.DictReader(io.StringIO(text)))


def absent(mention, **more):
    return Resolution("JY01", mention, MentionKind.STREET, reason=UnlocatedReason.NOT_FOUND, **more)


def test_a_mention_without_a_street_is_a_line_with_its_reason_and_what_may_be_meant():
    (row,) = rows(absent("魏都大街", suggestions=("魏都大道", "魏都街")))
    assert set(row) == set(COLUMNS)
    assert (row["grid_id"], row["operator"], row["mention"]) == ("JY01", "嘉益", "魏都大街")
    assert (row["reason"], row["suggestions"]) == ("not_found", "魏都大道; 魏都街")
    assert row["meaning"]


def test_what_was_located_is_no_line():
    assert rows(Resolution("JY01", "云中街", MentionKind.STREET, (Piece(0),))) == []


def test_a_mention_that_is_a_formula_is_none_in_the_file():
    (row,) = rows(absent("=HYPERLINK(1)"))
    assert row["mention"] == "'=HYPERLINK(1)"
