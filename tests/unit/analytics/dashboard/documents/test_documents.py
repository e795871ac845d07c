"""The documents name the codes of the modules that they are made of."""

from typing import get_args, get_type_hints

import pytest
from pydantic import TypeAdapter
from typing_extensions import is_typeddict

from analytics.dashboard.access.access_tables import audit
from analytics.dashboard.access.users import Role
from analytics.dashboard.documents import documents
from analytics.dashboard.documents.documents import AuditDoc, SessionDoc, StreetState
from analytics.live.status import Status
from analytics.verdicts.verdict import Verdict

DOCUMENTS = [each for each in vars(documents).values() if is_typeddict(each)]


def test_a_street_has_a_state_for_each_status_and_each_verdict_or_is_exempt():
    states = get_args(StreetState)
    assert set(states) == {*Status, *Verdict, "exempt"}
    assert len(states) == len(set(states))


def test_a_session_may_have_each_of_the_roles_or_none():
    *roles, nobody = get_args(get_type_hints(SessionDoc)["role"])
    assert nobody is type(None)
    assert {role for each in roles for role in get_args(each)} == set(Role)


def test_an_entry_of_the_audit_log_is_told_whole_but_for_its_number():
    assert {*get_type_hints(AuditDoc), "id"} == set(audit.columns.keys())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.__name__)
def test_the_interface_can_describe_each_document_and_has_all_of_its_fields(document):
    schema = TypeAdapter(document).json_schema()
    assert set(schema["required"]) == set(get_type_hints(document))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.__name__)
def test_instants_and_lengths_are_told_by_numbers_that_name_their_unit(document):
    for name, kind in get_type_hints(document).items():
        if name.endswith("_ms"):
            assert kind in {int, int | None}, name
        if name.endswith(("_m", "_s", "_deg", "_mps")):
            assert kind in {float, float | None}, name
