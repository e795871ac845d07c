import unicodedata
from dataclasses import replace

import pytest

from geofence.review.names import names_alike, scattered_streets
from tests.fixtures.reviewed_plan import drawn, grid, metres, plan_of, section

EAST, ON = metres((0, 0), (850, 0)), metres((850, 0), (1700, 0))


def alike(*names, streets=()):
    lines = [
        section(f"s{n}", name, ["JY01"], metres((850 * n, 0), (850 * n + 850, 0)))
        for n, name in enumerate(names)
    ]
    return [
        each.detail for each in names_alike(plan_of([grid("JY01", "a", streets=streets)], lines))
    ]


@pytest.mark.parametrize(
    "other",
    ["Rua  das Flores", "RUA DAS FLORES", "Rua das\u00a0Flores", "Rua das Flores\u200b",
     "Ｒｕａ das Flores"],
)  # fmt: skip
def test_names_that_a_reader_takes_for_one_are_told(other):
    (detail,) = alike("Rua das Flores", other)
    assert detail.startswith('"Rua das Flores", "')
    assert "judged as 2 streets" in detail


def test_what_cannot_be_seen_of_a_name_is_shown():
    (detail,) = alike("云中街", "云中\u200b街")
    assert '"云中街", "云中\\u200b街"' in detail


def test_a_list_that_writes_a_name_otherwise_than_the_lines_is_told():
    (detail,) = alike("云中街（北段）", streets=["云中街(北段)"])
    assert '"云中街(北段)", "云中街（北段）"' in detail


def test_a_list_whose_other_spelling_the_lines_mention_is_told_by_nothing():
    line = replace(section("s1", "RUA XV", ["JY01"], EAST), mentions=("Rua XV",))
    plan = plan_of([grid("JY01", "a", streets=["Rua XV"])], [line])
    assert list(names_alike(plan)) == []


def test_names_that_differ_are_told_by_nothing():
    assert alike("Rua das Flores", "Rua da Flora", "Avenida das Flores", "云中街", "云中路") == []


def test_names_of_other_grids_are_their_own_affair():
    plan = plan_of(
        [grid("JY01", "a"), grid("JY02", "b")],
        [section("s1", "Main St", ["JY01"], EAST), section("s2", "MAIN ST", ["JY02"], ON)],
    )
    assert list(names_alike(plan)) == []


def test_a_name_in_two_unicode_forms_is_told_as_one_street():
    name = "Praça da Sé"
    other = section("s2", name, ["JY01"], ON)
    plan = plan_of(
        [grid("JY01", "a")],
        [
            section("s1", name, ["JY01"], EAST),
            replace(other, written_name=unicodedata.normalize("NFD", name)),
        ],
    )
    (found,) = names_alike(plan)
    assert found.detail == (
        "Praça da Sé is written in 2 Unicode forms (sections s1, s2); it is judged as one street"
    )


def scattered(*sections):
    return [(each.subject, each.detail) for each in scattered_streets(drawn(*sections))]


def test_two_streets_of_one_name_are_told_with_how_far_apart_they_lie():
    (found,) = scattered(
        section("a1", "Church Lane", ["JY01"], metres((0, 0), (1500, 0))),
        section("a2", "Link", ["JY01"], metres((1500, 0), (3900, 0))),
        section("a3", "Church Lane", ["JY01"], metres((3900, 0), (3900, 140))),
    )
    assert found[0] == "JY01"
    assert found[1].startswith("Church Lane lies in 2 parts: of 1.5 km, and a3 (140 m) 2.4 km away")


def test_a_long_street_of_many_sections_is_one_however_far_it_runs():
    line = [section(f"s{n}", "a", ["JY01"], metres((900 * n, 0), (900 * n + 850, 0)))
            for n in range(12)]  # fmt: skip
    assert scattered(*line) == []
    assert scattered(section("s", "a", ["JY01"], metres((0, 0), (9000, 0)))) == []


def test_the_same_name_in_another_grid_is_another_street():
    assert scattered(
        section("s1", "a", ["JY01"], EAST),
        section("s2", "a", ["JY02"], metres((0, 9000), (90, 9000))),
        section("s3", "a", [], metres((9000, 0), (9000, 90))),
    ) == []  # fmt: skip


@pytest.mark.parametrize(("begins_m", "away_km"), [(1800, None), (2100, "1.2")])
def test_parts_are_told_from_a_kilometre_on(begins_m, away_km):
    other = metres((begins_m, 0), (begins_m + 100, 0))
    found = scattered(section("s1", "a", ["JY01"], EAST), section("s2", "a", ["JY01"], other))
    assert [f"s2 (100 m) {away_km} km away" in detail for _, detail in found] == (
        [True] if away_km else []
    )
