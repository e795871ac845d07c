import json

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from analytics.dashboard.documents.documents import ErrorDoc
from analytics.dashboard.routes.answers import (
    AtQuery,
    DateQuery,
    IdPath,
    TextQuery,
    absent,
    answers,
    json_answer,
)
from tests.fixtures.town import at


@pytest.fixture(scope="module")
def client():
    app = FastAPI()

    @app.get("/{id}")
    def get(id: IdPath, q: TextQuery = "", date: DateQuery = None, at: AtQuery = None) -> list:  # noqa: A002
        return [id, q, date, at]

    return TestClient(app)


def test_a_document_is_answered_as_json_with_its_chinese_as_it_is():
    answer = json_answer({"street": "云中街", "at_ms": 1}, ETag='"7"')
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["etag"] == '"7"'
    assert "云中街".encode() in answer.body
    assert json.loads(answer.body) == {"street": "云中街", "at_ms": 1}


def test_what_there_is_not_is_named():
    refused = absent("such street in the grid")
    assert (refused.status_code, refused.detail) == (404, "there is no such street in the grid")


def test_every_route_may_forbid_refuse_a_value_be_busy_and_without_its_database():
    assert sorted(answers(ErrorDoc)) == [200, 400, 403, 422, 429, 503]


def test_a_route_describes_what_else_it_may_answer_each_error_with_its_document():
    described = answers(list[str], 404, 204)
    assert list(described) == [200, 204, 400, 403, 404, 422, 429, 503]
    assert described[200]["model"] == list[str]
    assert "model" not in described[204]
    assert described[404] == {"model": ErrorDoc, "description": "There is no such thing."}


def test_a_code_that_nobody_explains_cannot_be_described():
    with pytest.raises(KeyError, match="418"):
        answers(ErrorDoc, 418)


@pytest.mark.parametrize("date", ["2022-03-28", "2000-01-01", "2099-12-31"])
def test_dates_of_this_century_are_read(client, date):
    assert client.get("/x", params={"date": date}).json()[2] == date


@pytest.mark.parametrize(
    "date",
    ["", "2022-3-28", "1999-12-31", "2022-13-01", "2022-00-10", "2022-03-32", "2022-03-00",
     "2022-03-28T00:00", " 2022-03-28", "20220328"],
)  # fmt: skip
def test_what_is_written_otherwise_is_no_date(client, date):
    answer = client.get("/x", params={"date": date})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "date"]


FIRST_MS, LAST_MS = 946_684_800_000, 4_102_444_800_000
"""2000-01-01 and 2100-01-01, UTC."""


@pytest.mark.parametrize("at_ms", [FIRST_MS, at("07:00"), LAST_MS - 1])
def test_instants_of_this_century_are_read(client, at_ms):
    assert client.get("/x", params={"at": at_ms}).json()[3] == at_ms


@pytest.mark.parametrize("at_ms", [FIRST_MS - 1, LAST_MS, 0, -1, "07:00", "1e12", 1648432000])
def test_seconds_and_other_numbers_are_no_instants(client, at_ms):
    assert client.get("/x", params={"at": at_ms}).status_code == 422


def test_texts_have_a_hundred_characters_at_most(client):
    longest, longer = "街" * 100, "街" * 101
    assert client.get(f"/{longest}", params={"q": longest}).json()[:2] == [longest, longest]
    assert client.get("/x", params={"q": longer}).status_code == 422
    assert client.get(f"/{longer}").status_code == 422
