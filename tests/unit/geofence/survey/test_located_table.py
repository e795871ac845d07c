import csv
import io

from geofence.locating.resolution import (
    Match,
    MentionKind,
    Piece,
    Remark,
    Resolution,
    UnlocatedReason,
)
from geofence.survey.located_table import COLUMNS, render_located


def rows(*resolutions):
    text = render_located(resolutions, {"JY01": "嘉益"})
    return list(csv.DictReader(io.StringIO(text)))


def found(mention, **more):
    return Resolution("JY01", mention, MentionKind.STREET, (Piece(0),), **more)


def test_a_located_mention_is_a_line_with_its_score_and_that_of_the_next_candidate():
    (row,) = rows(
        found("魏都大街", names=("魏都大道",), match=Match.ABBREVIATION, score=0.914, runner_up=0.4)
    )
    assert set(row) == set(COLUMNS)
    assert (row["grid_id"], row["operator"], row["mention"]) == ("JY01", "嘉益", "魏都大街")
    assert (row["names"], row["match"]) == ("魏都大道", "abbreviation")
    assert (row["score"], row["runner_up"]) == ("0.91", "0.40")


def test_what_has_no_rival_has_no_runner_up():
    (row,) = rows(found("云中街", score=1.0))
    assert (row["score"], row["runner_up"], row["remarks"]) == ("1.00", "", "")


def test_what_a_person_should_look_at_comes_first_and_says_why():
    doubtful = found("和平路", score=0.9, remarks=(Remark.RIVAL_CLOSE,))
    first, second, third = rows(found("南街", score=1.0), found("北街", score=0.5), doubtful)
    assert [first["mention"], second["mention"], third["mention"]] == ["和平路", "北街", "南街"]
    assert first["remarks"] == "rival_close"
    assert first["meaning"]


def test_what_was_not_located_is_no_line():
    lost = Resolution("JY01", "侧巷", MentionKind.STREET, reason=UnlocatedReason.NOT_FOUND)
    assert rows(lost) == []


def test_a_mention_that_is_a_formula_is_none_in_the_file():
    (row,) = rows(found("=HYPERLINK(1)"))
    assert row["mention"] == "'=HYPERLINK(1)"
