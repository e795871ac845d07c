import json
from dataclasses import replace

import pytest

from analytics.dashboard.board.street_search import MOST_FOUND, SearchIndex, spellings_of
from tests.fixtures.counted import Counted
from tests.fixtures.shown_city import sample_plan

INDEX = SearchIndex(sample_plan())


def test_a_name_can_be_typed_in_three_ways():
    assert spellings_of("云中街") == ("云中街", "yunzhongjie", "yzj")
    assert spellings_of("JY01") == ("jy01",)


@pytest.mark.parametrize("text", ["云中街", "yunzhongjie", "YunZhong Jie", "yzj", "yunzh", "中街"])
def test_a_street_is_found_by_name_pinyin_initials_and_parts(text):
    assert ("street", "云中街") in {(each["kind"], each["label"]) for each in INDEX.find(text)}


def test_whole_names_come_first_and_there_are_not_too_many():
    found = INDEX.find("jy0")
    assert len(found) <= MOST_FOUND
    assert INDEX.find("jy01")[0]["id"] == "JY01"
    assert len(INDEX.find("j")) == MOST_FOUND


def test_vehicles_are_found_by_any_part_of_the_plate():
    assert [each["id"] for each in INDEX.find("bq0384")] == ["晋BQ0384"]
    assert INDEX.find("bq0384")[0]["grid"] == "JY01"


@pytest.mark.parametrize("text", ["", "   ", "nothing like it", "<script>"])
def test_nothing_is_found_where_nothing_is(text):
    assert INDEX.find(text) == []


def test_residents_find_streets_only():
    found = INDEX.streets("j")
    assert found
    assert set(found[0]) == {"grid", "street"}
    plates = {vehicle for grid in sample_plan().grids for vehicle in grid.vehicles}
    assert not any(plate in json.dumps(found, ensure_ascii=False) for plate in plates)


def test_an_index_of_many_grids_takes_a_few_walks_through_the_sections():
    plan = replace(sample_plan(), sections=Counted(sample_plan().sections))
    SearchIndex(plan)
    assert 0 < plan.sections.taken <= 3 * len(plan.sections)
