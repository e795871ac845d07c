"""The gateway as a web application: who asks, what for, and what it is answered.

200 only after the broker has acknowledged; 400, 401, 403, 404, 405, 408, 413 and 414 for what will
never be taken; 429 and 503 with Retry-After for what is to be sent again.
"""

import asyncio
import base64
import binascii
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ingest.decoding.diagnosis import Refused
from ingest.decoding.rejection import RejectionCode
from ingest.gateway.http.rates import Rates
from ingest.gateway.http.reading import (
    FORM,
    Taken,
    Topics,
    parameters_of,
    read_osmand,
    read_owntracks,
    read_traccar,
)
from ingest.gateway.http.tokens import ALL, TokenBook
from ingest.gateway.publisher import NotConnectedError, PublishError
from ingest.web.limits import RateLimit, network_of

MOST_BODY_BYTES = 64 * 1024
MOST_QUERY_BYTES = 8 * 1024
BODY_S = 10.0
"""How long a body may take."""
RETRY_S = 5
TELL_S = 60.0
"""Refusals are told of together, once in so long."""
_DOORS = {"": "osmand", "osmand": "osmand", "traccar": "traccar", "owntracks": "owntracks",
          "pub": "owntracks"}  # fmt: skip
"""What the first part of a path leads to; OwnTracks's own recorder has /pub."""
_METHODS = {"osmand": ("GET", "POST"), "traccar": ("POST",), "owntracks": ("POST",)}
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

log = structlog.get_logger(__name__)


class Broker(Protocol):
    """What the gateway needs of a publisher."""

    @property
    def connected(self) -> bool:
        """Whether there is a connection."""

    async def publish(self, topic: str, payload: bytes) -> None:
        """Publish, and return once it is acknowledged; raise `PublishError` if it is not."""


class _AnswerError(Exception):
    """Ends a request with an answer other than 200."""

    def __init__(self, status: int, code: str, detail: str, retry_s: float = 0.0) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.retry_s = status, code, detail, retry_s


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of somebody who may speak."""

    speaker: str
    """Whose token it gave: a device, or `ALL`."""
    user: str
    """Of HTTP Basic; empty if there is none."""
    query: dict[str, str]
    kind: str
    """The content type, in small letters and without parameters."""
    body: bytes


class HttpGateway:
    """An ASGI application.

    Parameters
    ----------
    tokens
        Who may speak; None lets everybody speak for every device.
    clock_s
        A clock that nobody sets.
    """

    def __init__(
        self,
        broker: Broker,
        tokens: TokenBook | None,
        clock_s: Callable[[], float],
        topics: Topics,
        rates: Rates,
    ) -> None:
        self._broker, self._tokens, self._clock_s, self._topics = broker, tokens, clock_s, topics
        self._by_device = RateLimit(rates.device_burst, rates.device_per_s)
        self._by_token = RateLimit(rates.known_burst, rates.device_per_s)
        self._by_address = RateLimit(rates.address_burst, rates.address_per_s)
        self.taken = 0
        """Messages that the broker has acknowledged."""
        self.refused: Counter[str] = Counter()
        """Requests that were not, by code."""
        self._untold: Counter[str] = Counter()
        self._told_s = -math.inf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except _AnswerError as error:
            answer = self._refuse(request, error)
        except Refused as refused:
            detail = f"{refused.key}: {refused.value!r}"[:200] if refused.key else ""
            answer = self._refuse(request, _AnswerError(400, refused.code, detail))
        except ClientDisconnect:
            answer = Response(status_code=400)  # nobody reads it
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        door, _, token_part = request.scope["path"].strip("/").partition("/")
        if door == "healthz" and not token_part:
            return self._health()
        protocol = _DOORS.get(door)
        if protocol is None or "/" in token_part:
            raise _AnswerError(404, "not_found", "ask /osmand, /traccar or /owntracks")
        if request.method not in _METHODS[protocol]:
            raise _AnswerError(405, "method_not_allowed", f"use {_METHODS[protocol][-1]}")
        asked = await self._let_in(request, token_part, has_forms=protocol == "osmand")
        query, body, speaker = asked.query, asked.body, asked.speaker
        taken: Taken | None
        if protocol == "osmand":
            taken = read_osmand(self._topics.osmand, query, asked.kind, body)
        elif protocol == "traccar":
            taken = read_traccar(self._topics.traccar, body)
        else:
            named = query.get("d") or _header(request, "x-limit-d")
            named = named or ("" if speaker == ALL else speaker)
            user = query.get("u") or _header(request, "x-limit-u") or asked.user or named
            taken = read_owntracks(self._topics.owntracks, user, named, body)
        if taken is not None:
            await self._publish(taken, speaker)
        if protocol == "owntracks":
            return Response(b"[]", media_type="application/json", headers=_HEADERS)
        return Response(headers=_HEADERS)

    async def _let_in(self, request: Request, token_part: str, *, has_forms: bool) -> _Asked:
        """Count a request, read it, and find out who speaks; raise if that is nobody."""
        authorization = request.headers.get("authorization", "")
        user, password = _basic(authorization)
        try:
            query = _query_of(request)
        except (_AnswerError, Refused):
            self._take(self._by_address, _address_of(request))
            raise
        token = token_part or query.get("token") or _bearer(authorization) or password
        speaker = self._device_of(token)
        self._count(speaker, request)
        body = await _body_of(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not speaker and has_forms and kind == FORM:
            token = parameters_of(body.strip()).get("token") or token
            speaker = self._device_of(token)
            if speaker:
                self._count(speaker, request)
        if not speaker:
            raise _AnswerError(401, "wrong_token", "this token lets nobody in" if token else
                               "give the device's token")  # fmt: skip
        return _Asked(speaker, user, query, kind, body)

    def _device_of(self, token: str) -> str:
        """Give the device that a token is of; empty if it is nobody's."""
        if self._tokens is None:
            return ALL
        return (self._tokens.device_of(token) if token else None) or ""

    def _count(self, speaker: str, request: Request) -> None:
        """Count a request: of a device that gave its token by that, of all others by address.

        A truck that was out of sight for a day sends all its fixes, one by one, and shares the
        address of its network with the whole fleet, and with strangers.
        """
        if speaker in ("", ALL):
            self._take(self._by_address, _address_of(request))
        else:
            self._take(self._by_token, speaker)

    async def _publish(self, taken: Taken, speaker: str) -> None:
        if speaker not in (ALL, taken.device_id):
            raise _AnswerError(
                403, RejectionCode.VEHICLE_MISMATCH, f"the token is not that of {taken.device_id!r}"
            )
        if self._tokens is None:
            self._take(self._by_device, taken.device_id)
        try:
            await self._broker.publish(taken.topic, taken.payload)
        except NotConnectedError as error:
            raise _AnswerError(
                503, "broker_away", "there is no broker just now", RETRY_S
            ) from error
        except PublishError as error:
            raise _AnswerError(
                503, "not_acknowledged", "the broker has not acknowledged it", RETRY_S
            ) from error
        self.taken += 1

    def _take(self, limit: RateLimit, key: str) -> None:
        wait_s = limit.take(key, self._clock_s())
        if wait_s:
            raise _AnswerError(429, "too_many", "too many requests", wait_s)

    def _health(self) -> Response:
        document = {
            "connected": self._broker.connected,
            "taken": self.taken,
            "refused": dict(self.refused),
        }
        status = 200 if self._broker.connected else 503
        return _json(status, document)

    def _refuse(self, request: Request, error: _AnswerError) -> Response:
        code = str(error.code)
        self.refused[code] += 1
        self._untold[code] += 1
        now_s = self._clock_s()
        if now_s - self._told_s >= TELL_S:
            self._told_s = now_s
            address = request.client.host if request.client else ""
            log.warning("requests refused", codes=_listed(self._untold), last=code,
                        detail=error.detail, address=address)  # fmt: skip
            self._untold.clear()
        answer = _json(error.status, {"code": code, "detail": error.detail})
        if error.retry_s:
            answer.headers["Retry-After"] = str(math.ceil(error.retry_s))
        if error.status == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="pingcheng"'
        if error.status == 405:
            answer.headers["Allow"] = "GET, POST"
        return answer


def _address_of(request: Request) -> str:
    return network_of(request.client.host if request.client else "")


def _query_of(request: Request) -> dict[str, str]:
    """Read the query; raise `_AnswerError` or `Refused` if it cannot be read."""
    query: bytes = request.scope["query_string"]
    if len(query) > MOST_QUERY_BYTES:
        raise _AnswerError(
            414, RejectionCode.TOO_LARGE, f"a query of more than {MOST_QUERY_BYTES} bytes"
        )
    return parameters_of(query)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))


def _json(status: int, document: dict[str, Any]) -> Response:
    content = msgspec.json.encode(_told(document))
    return Response(content, status, _HEADERS, "application/json")


def _told(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Replace what UTF-8 cannot hold: a request may name anything."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return {key: _told(each) for key, each in value.items()} if isinstance(value, dict) else value


async def _body_of(request: Request) -> bytes:
    """Read the body.

    Raises
    ------
    _AnswerError
        As soon as it is too large, or if it does not come.
    """
    too_large = _AnswerError(413, RejectionCode.TOO_LARGE, f"more than {MOST_BODY_BYTES} bytes")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and int(length[:20]) > MOST_BODY_BYTES:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BODY_BYTES:
                    raise too_large
    except TimeoutError:
        raise _AnswerError(408, "too_slow", f"the body took more than {BODY_S:g} s") from None
    return bytes(body)


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _basic(header: str) -> tuple[str, str]:
    """Read user and password; empty ones if there are none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


def _header(request: Request, name: str) -> str:
    """Read a header that may name a truck: UTF-8, as it is or with percent signs."""
    raw = request.headers.get(name, "").encode("latin-1")
    try:
        return unquote(raw.decode("utf-8"), errors="strict")
    except UnicodeDecodeError:
        raise Refused(RejectionCode.NOT_UTF8, name) from None
