import asyncio

import pytest
from fastapi import HTTPException

from analytics.dashboard.routes.streams import EventStream, Places


def take(places, who, most=3, most_each=2):
    return places.take(who, most=most, most_each=most_each, told="all", told_each="yours")


def test_one_viewer_has_so_many_places_and_all_together_so_many():
    places = Places()
    for who in ("a", "a", "b"):
        take(places, who)
    for who, told in (("b", "all"), ("c", "all")):
        with pytest.raises(HTTPException) as refused:
            take(places, who)
        assert (refused.value.status_code, refused.value.detail) == (429, told)
    with pytest.raises(HTTPException) as refused:
        take(places, "a", most=9)
    assert refused.value.detail == "yours"


def test_a_place_is_given_back_once():
    places = Places()
    first, _ = take(places, "a"), take(places, "a")
    first.give_back()
    first.give_back()
    take(places, "a")
    with pytest.raises(HTTPException):
        take(places, "a")


def test_a_stream_gives_its_place_back_though_it_breaks():
    places = Places()

    async def broken():
        yield b": begun\n\n"
        raise ZeroDivisionError

    async def receive():
        await asyncio.Event().wait()

    async def send(_):
        pass

    stream = EventStream(broken(), take(places, "a", most=1))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(stream({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send))
    take(places, "a", most=1)
