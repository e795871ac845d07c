"""What all routes share: how documents are answered and which errors there are."""

from typing import Annotated, Any

import msgspec
from fastapi import HTTPException, Path, Query, Response

from analytics.dashboard.documents.documents import ErrorDoc

FIRST_MS = 946_684_800_000
LAST_MS = 4_102_444_800_000
"""Instants of this century."""
MOST_TEXT = 100

AtQuery = Annotated[int | None, Query(ge=FIRST_MS, lt=LAST_MS, description="Epoch milliseconds.")]
DateQuery = Annotated[
    str | None,
    Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", description="YYYY-MM-DD."),
]
TextQuery = Annotated[str, Query(max_length=MOST_TEXT)]
IdPath = Annotated[str, Path(max_length=MOST_TEXT)]

_MEANINGS = {
    204: "There is nothing more to come.",
    304: "It is as it was.",
    400: "The request cannot be read.",
    401: "Nobody is logged in.",
    403: "The role does not allow it, or the CSRF token is missing.",
    404: "There is no such thing.",
    413: "The body is too large.",
    422: "A value is out of bounds.",
    429: "Too often, or too much at once.",
    503: "The database is away, or too much is asked for at once.",
}


def answers(document: Any, *codes: int) -> dict[int | str, dict[str, Any]]:  # noqa: ANN401 - a type
    """Describe the answers of a route for the OpenAPI."""
    described: dict[int | str, dict[str, Any]] = {
        200: {"model": document, "description": "The document."}
    }
    for code in sorted({400, 403, 422, 429, 503, *codes}):
        described[code] = {"description": _MEANINGS[code]}
        if code >= 400:
            described[code]["model"] = ErrorDoc
    return described


def json_answer(document: object, **headers: str) -> Response:
    """Answer with a document."""
    return Response(msgspec.json.encode(document), media_type="application/json", headers=headers)


def absent(what: str) -> HTTPException:
    """Say that there is no such thing."""
    return HTTPException(404, f"there is no {what}")
