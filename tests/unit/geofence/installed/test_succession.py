from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.installed.succession import (
    Former,
    coming_after,
    day_at,
    days_in_progress,
    file_in_force,
    former_path,
    formers_of,
)

MONDAY = date(2026, 12, 7)


def day(number: int) -> date:
    return date(2026, 12, number)


def replaced(folder: Path, *untils: tuple[int, int]) -> Path:
    path = folder / "plan.toml"
    path.touch()
    for until, number in untils:
        former_path(path, day(until), number).touch()
    return path


def names(path: Path, *days: int) -> list[str]:
    return [file_in_force(path, day(each)).name for each in days]


def test_alone_it_is_in_force_on_every_date(tmp_path):
    assert names(replaced(tmp_path), 1, 31) == ["plan.toml", "plan.toml"]


def test_the_plan_before_is_in_force_until_the_date_of_the_new_one(tmp_path):
    path = replaced(tmp_path, (7, 1))
    assert names(path, 6, 7) == ["plan.until-2026-12-07.toml", "plan.toml"]


def test_each_of_several_is_in_force_up_to_its_date(tmp_path):
    path = replaced(tmp_path, (14, 1), (7, 1))
    assert names(path, 1, 7, 13, 14) == [
        "plan.until-2026-12-07.toml", "plan.until-2026-12-14.toml", "plan.until-2026-12-14.toml",
        "plan.toml",
    ]  # fmt: skip


def test_of_two_replaced_for_one_date_only_the_first_was_in_force(tmp_path):
    path = replaced(tmp_path, (7, 2), (7, 1))
    assert names(path, 6) == ["plan.until-2026-12-07.toml"]
    assert formers_of(path)[-1] == Former(MONDAY, 2, tmp_path / "plan.until-2026-12-07.2.toml")


@pytest.mark.parametrize(
    "name",
    [
        "plan.until-2026-02-30.toml", "other.until-2026-12-31.toml", "plan.until-2026-12-31.json",
        "plan.until-2026-12-31.toml.part", ".plan.until-2026-12-31.toml",
    ],
)  # fmt: skip
def test_files_of_other_names_are_nobodys_plan(tmp_path, name):
    path = replaced(tmp_path)
    (tmp_path / name).touch()
    assert formers_of(path) == ()


def test_a_folder_that_is_not_there_holds_no_plan_before(tmp_path):
    path = tmp_path / "away" / "plan.toml"
    assert file_in_force(path, MONDAY) == path


def test_in_progress_are_the_day_before_and_this_one_where_the_plan_is(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text('timezone = "Asia/Shanghai"', encoding="utf-8")
    late = datetime(2026, 12, 7, 20, tzinfo=UTC)
    assert days_in_progress(path, round(late.timestamp() * 1000)) == (day(7), day(8))


@given(st.lists(st.integers(1, 28), unique=True), st.integers(1, 28))
def test_whoever_is_in_force_ends_later_and_nobody_ends_between(tmp_path_factory, untils, asked):
    path = replaced(tmp_path_factory.mktemp("plans"), *((each, 1) for each in untils))
    later = [each for each in untils if each > asked]
    expected = former_path(path, day(min(later)), 1) if later else path
    assert file_in_force(path, day(asked)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('timezone = "Asia/Shanghai"', day(8)),
        ('timezone = "Asia/Nowhere"', day(7)),
        ("timezone = 8", day(7)),
        ("[broken", day(7)),
    ],
)
def test_the_date_is_that_of_the_plans_zone_and_of_utc_while_it_names_none(
    tmp_path, text, expected
):
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    late = datetime(2026, 12, 7, 20, tzinfo=UTC)
    assert day_at(path, round(late.timestamp() * 1000)) == expected


def test_what_follows_is_named_with_its_first_date(tmp_path):
    path = replaced(tmp_path, (14, 2), (14, 1), (7, 1))
    found = [(since.day, file.name) for since, file in coming_after(path, day(3))]
    assert found == [(7, "plan.until-2026-12-14.toml"), (14, "plan.toml")]
    assert coming_after(path, day(7)) == ((day(14), path),)
    assert coming_after(path, day(14)) == ()


def test_while_a_plan_names_no_zone_the_date_is_that_of_the_one_before(tmp_path):
    path = replaced(tmp_path, (14, 1))
    former_path(path, day(14), 1).write_text('timezone = "Asia/Shanghai"', encoding="utf-8")
    path.write_text("[broken", encoding="utf-8")
    late = datetime(2026, 12, 7, 20, tzinfo=UTC)
    assert day_at(path, round(late.timestamp() * 1000)) == day(8)
