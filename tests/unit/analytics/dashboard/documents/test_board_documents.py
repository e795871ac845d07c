"""What residents are shown: nothing of vehicles or people."""

from typing import get_args, get_type_hints

import pytest
from typing_extensions import is_typeddict

from analytics.dashboard.board.board import Outcome
from analytics.dashboard.documents import board_documents
from analytics.dashboard.documents.board_documents import BoardWindowDoc, ReportDoc
from analytics.dashboard.documents.documents import StreetState

DOCUMENTS = [
    each
    for each in vars(board_documents).values()
    if is_typeddict(each) and each.__module__ == board_documents.__name__
]
SECRETS = ("vehicle", "plate", "driver", "contact", "user", "telephone", "address")


def fields_of(kind):
    """Every field of a document and of the documents in it."""
    if is_typeddict(kind):
        for name, inner in get_type_hints(kind).items():
            yield name
            yield from fields_of(inner)
    for part in get_args(kind):
        yield from fields_of(part)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.__name__)
def test_no_document_of_the_board_has_room_for_a_vehicle_or_a_person(document):
    names = list(fields_of(document))
    assert names
    assert [name for name in names if any(secret in name for secret in SECRETS)] == []


def test_a_report_is_answered_by_each_of_the_outcomes():
    assert get_type_hints(ReportDoc)["outcome"] == Outcome


def test_a_window_of_the_board_has_the_states_of_the_live_page():
    assert get_type_hints(BoardWindowDoc)["state"] == StreetState
