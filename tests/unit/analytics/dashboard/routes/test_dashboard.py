import pytest
from fastapi import HTTPException

from analytics.dashboard.routes.dashboard import Dashboard
from tests.fixtures.town import MONDAY, at, next_day


def test_a_grid_is_found_by_its_name(finished: Dashboard):
    assert finished.grid("JY01").id == "JY01"


@pytest.mark.parametrize("name", ["JY02", "jy01", "", "JY01 "])
def test_another_name_is_no_grid(finished: Dashboard, name):
    with pytest.raises(HTTPException) as refused:
        finished.grid(name)
    assert (refused.value.status_code, refused.value.detail) == (404, "there is no such grid")


def test_without_a_date_the_one_shown_is_meant(finished: Dashboard):
    assert finished.date_of(None) == MONDAY


def test_a_date_is_read(finished: Dashboard):
    assert finished.date_of("2022-03-29") == next_day()


@pytest.mark.parametrize("text", ["2022-02-30", "2022-03-32", "yesterday", ""])
def test_what_is_no_date_is_refused_by_its_text(finished: Dashboard, text):
    with pytest.raises(HTTPException) as refused:
        finished.date_of(text)
    assert (refused.value.status_code, refused.value.detail) == (422, f"date: {text} is no date")


def test_the_date_shown_is_live_with_the_instant_of_the_feed(finished: Dashboard):
    state, instant_ms, is_live = finished.state_of(MONDAY, None)
    assert state is finished.feed.state
    assert (instant_ms, is_live) == (finished.feed.now_ms(), True)


def test_an_instant_of_the_date_shown_is_looked_up_in_the_log(finished: Dashboard):
    state, instant_ms, is_live = finished.state_of(MONDAY, at("07:08"))
    assert (instant_ms, is_live) == (at("07:08"), False)
    assert state.latest_ms < at("07:08")


def test_another_date_is_looked_up_as_of_its_end(finished: Dashboard):
    state, instant_ms, is_live = finished.state_of(next_day(), None)
    assert state.service_date == next_day()
    assert (instant_ms, is_live) == (finished.days.span_ms(next_day())[1], False)
