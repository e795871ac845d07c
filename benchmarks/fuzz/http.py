"""Hostile requests to the live page, asked in process as its server would hand them on."""

import asyncio
import json
import random
import re
from contextlib import ExitStack
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.parse import quote_from_bytes, unquote

from benchmarks.fuzz.names import hostile_name
from benchmarks.fuzz.subject import Subject, ThroughError
from benchmarks.ingest.fuzz_decoders import BYTE_DAMAGES, damaged, written

_PATHS = (
    "/", "/board", "/board/", "/healthz", "/static/app.js", "/static/style.css", "/static/",
    "/api/v1/plan", "/api/v1/streets.geojson", "/api/v1/state", "/api/v1/events", "/api/v1/dates",
    "/api/v1/grids/JY01", "/api/v1/vehicles/晋BQ0384", "/api/v1/evidence", "/api/v1/search",
    "/api/v1/alerts", "/api/v1/alerts/1/acknowledge", "/api/v1/session", "/api/v1/login",
    "/api/v1/logout", "/api/v1/audit", "/api/v1/board/about", "/api/v1/board/streets",
    "/api/v1/board/street", "/api/v1/board/reports", "/api/v1/basemap/1/2/3",
    "/api/v1/openapi.json",
)  # fmt: skip
_PARTS = (
    "..", ".", "//", "%2e%2e", "%2f", "%5c", "%00", "%ff", "%ed%a0%80", "%", "%zz", "\\", ";a=b",
    "~", "etc/passwd", "C:", "JY01", "1", "0", "-1", "999999999", "9999999999", "1e9", "٣",
    "a" * 300,
)  # fmt: skip
_QUERIES: dict[str, tuple[str, ...]] = {
    "at": ("1648427000000", "1648450800000", "946684800000", "4102444799999", "0", "1.0", "٣"),
    "date": ("2022-03-28", "2022-03-27", "2000-01-01", "2099-12-31", "2022-02-30", "20٠١-01-01"),
    "from_ms": ("1648422000000", "946684800000"), "to_ms": ("1648440000000", "946684800001"),
    "grid": ("JY01", "JY02"), "window": ("07:00-10:00", "7-8"), "street": ("云中街", "支路"),
    "q": ("云", "yzj", "JY", "a", ""), "speed": ("1", "600", "0", "nan", "inf", "1e400", "-0"),
    "limit": ("1", "1000", "1001", "0", "1" + "0" * 400), "lang": ("zh", "x"),
}  # fmt: skip
_METHODS = (
    ("GET",) * 12 + ("POST",) * 8 + ("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X")
)
_HEADERS: dict[str, tuple[str, ...]] = {
    "host": ("127.0.0.1:8080", "localhost", "a.b", "", "[::1]", "[", "a:b", "a.example",
             "127.0.0.1@e"),
    "origin": ("null", "http://127.0.0.1:8080", "http://evil.example", "http://[", "", "//"),
    "referer": ("http://127.0.0.1:8080/", "http://[::1", "x"),
    "x-forwarded-for": ("1.2.3.4", "::1", "x, y", "1.2.3.4, " * 50, "[::1]:80", "unknown"),
    "x-forwarded-host": ("evil.example",), "forwarded": ("for=x;host=[", "for=\"[::1]\""),
    "x-forwarded-proto": ("https", "x"), "sec-fetch-site": ("cross-site", "same-origin", "x"),
    "sec-fetch-mode": ("navigate", "cors"), "accept-encoding": ("gzip", "gzip;q=x", "br", "*;q=0"),
    "accept-language": ("zh", "en;q=x", "*"), "if-none-match": ('"x"', "*", "W/", '"' * 50, ""),
    "if-modified-since": ("Mon, 99 Foo 2022", "x"), "range": ("bytes=0-1", "bytes=-", "x=1-"),
    "last-event-id": ("x-1", "2022-03-28-1648427000000", "2022-03-28/1", "0",
                      "9" * 90, "test-5", "2022-99-99-1"),
    "content-type": ("application/json", "application/json; charset=x", "text/plain",
                     "multipart/form-data; boundary=", "application/x-www-form-urlencoded", ""),
    "content-length": ("0", "1", "-1", "x", "99999999999", "٣"),
    "cookie": ("a", "=", ";;;", "a=b; a=c"),
    "x-csrf-token": ("", "x"), "authorization": ("Basic eDp5", "Bearer x", "Basic %"),
    "transfer-encoding": ("chunked", "x"), "user-agent": ("", "x" * 2000),
    "upgrade": ("websocket",),
}  # fmt: skip
_BODIES: tuple[Any, ...] = (
    {"name": "viewer", "password": "x"}, {"name": "admin", "password": "correct horse battery"},
    {"grid": "JY01", "street": "云中街"}, {"grid": "JY01", "street": "支路"}, {}, [], None, "x",
)  # fmt: skip
_ADMIN, _NOBODY = "admin", ""
_WHO = (_ADMIN, _ADMIN, "operator", "viewer", _NOBODY, _NOBODY)
LONGEST_ANSWER_S = 30.0
STEP_MS = 10
"""By which the clock goes on each time that it is looked at."""


class Asked(NamedTuple):
    """A request, as a server hands it on."""

    who: str
    """Whose session goes with it; empty for nobody's."""
    address: str
    method: str
    target: bytes
    """ASCII without spaces, as a server lets pass."""
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Http(Subject):
    """No request is answered with an error of the server, none gets markup or a header through."""

    name: ClassVar[str] = "http"
    share: ClassVar[float] = 0.005

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        # heavy, and of no use to the other subjects
        from analytics.dashboard.routes.app import make_app
        from tests.fixtures.dashboards import (
            PASSWORD,
            add_alert,
            add_users,
            dashboard_on,
            write_town,
        )
        from tests.fixtures.shown_city import instant

        self._stack = ExitStack()
        self._now_ms = instant("09:00")
        dashboard = self._stack.enter_context(
            dashboard_on(f"sqlite:///{folder / 'page.db'}", clock_ms=self._clock_ms)
        )
        write_town(dashboard.log)
        add_alert(dashboard.log)
        add_users(dashboard)
        self._app = make_app(dashboard)
        self._loop = asyncio.new_event_loop()
        self._patience_s: float | None = None  # the first past state may have kernels compiled
        self._sessions: dict[str, tuple[tuple[bytes, bytes], ...]] = {_NOBODY: ()}
        for who in set(_WHO) - {_NOBODY}:
            self._sessions[who] = self._log_in(who, PASSWORD)
        look = b"/api/v1/state?at=1648450800000"
        own_host = ((b"host", b"127.0.0.1:8080"),)
        answer = self._ask(Asked(_ADMIN, "127.0.0.1", "GET", look, own_host, b""))
        assert answer.status == 200, answer
        self._patience_s = LONGEST_ANSWER_S

    def close(self) -> None:
        """Stop the page and its loop."""
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self._stack.close()

    def make(self, chance: random.Random) -> Asked:
        """Damage path, query, headers and body of a request that could be one of the page's."""
        path = chance.choice(_PATHS)
        if chance.random() < 0.4:
            path = damaged_path(chance, path)
        query = "&".join(_query(chance) for _ in range(chance.choice((0, 1, 2, 3, 5))))
        target = quoted(chance, f"{path}?{query}" if query or chance.random() < 0.1 else path)
        method = chance.choice(_METHODS)
        headers = {"host": b"127.0.0.1:8080", "accept": b"*/*"}
        for _ in range(chance.choice((0, 0, 1, 2, 4))):
            name = chance.choice(list(_HEADERS))
            headers[name] = odd_header(chance, name)
        body = b""
        if method not in {"GET", "HEAD"} or chance.random() < 0.05:
            headers.setdefault("content-type", b"application/json")
            body = _body(chance)
        pairs = [(name.encode(), value) for name, value in headers.items()]
        if chance.random() < 0.1:
            pairs.append(chance.choice(pairs))
        address = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(256)}"
        address = (
            address
            if chance.random() < 0.9
            else chance.choice(("127.0.0.1", "::1", "fe80::1%eth0"))
        )
        return Asked(chance.choice(_WHO), address, method, target, tuple(pairs), body)

    def throw(self, made: object) -> bool:
        """Ask, and look at the answer."""
        assert isinstance(made, Asked)
        answer = self._ask(made)
        is_health = unquote(made.target.decode()).partition("?")[0] == "/healthz"
        if answer.status >= 500 and not (is_health and answer.status == 503):
            raise ThroughError(f"status {answer.status}: {answer.body[:200]!r}")
        for name, value in answer.headers:
            if re.search(rb"[\r\n\0]", name + value):
                raise ThroughError(f"a header ends a line: {name!r}: {value!r}")
        headers = dict(answer.headers)
        if headers.get(b"location", b"/board") != b"/board":
            raise ThroughError(f"sent to {headers[b'location']!r}")
        if headers.get(b"x-content-type-options") != b"nosniff":
            raise ThroughError("an answer whose kind may be guessed")
        kind = headers.get(b"content-type", b"").partition(b";")[0]
        if answer.status >= 400 and answer.body and kind != b"application/json":
            raise ThroughError(f"an error as {kind!r}")
        if kind.endswith(b"json") and answer.body and b"content-encoding" not in headers:
            json.loads(answer.body)
        if made.who == _NOBODY and answer.status == 200 and b"/api/v1/audit" in made.target:
            raise ThroughError("the audit log was shown to nobody in particular")
        return answer.status >= 400

    def _clock_ms(self) -> int:
        """Give a time that goes on, so that locks end; the same in each run."""
        self._now_ms += STEP_MS
        return self._now_ms

    def _log_in(self, name: str, password: str) -> tuple[tuple[bytes, bytes], ...]:
        body = json.dumps({"name": name, "password": password}).encode()
        kind = ((b"host", b"127.0.0.1:8080"), (b"content-type", b"application/json"))
        answer = self._answer(Asked(_NOBODY, "127.0.0.1", "POST", b"/api/v1/login", kind, body), ())
        cookies = []
        for header, value in answer.headers:
            if header == b"set-cookie":
                cookies.append(value.partition(b";")[0])
        if answer.status != 200:
            return ()  # locked out by guesses, for a while
        csrf = json.loads(answer.body)["csrf"]
        return (b"cookie", b"; ".join(cookies)), (b"x-csrf-token", csrf.encode())

    def _ask(self, asked: Asked) -> Answer:
        answer = self._answer(asked, self._sessions[asked.who])
        if answer.status == 401 and asked.who != _NOBODY:
            from tests.fixtures.dashboards import PASSWORD

            self._sessions[asked.who] = self._log_in(asked.who, PASSWORD)  # it was logged out
        return answer

    def _answer(self, asked: Asked, session: tuple[tuple[bytes, bytes], ...]) -> Answer:
        own = {name for name, _ in asked.headers}
        headers = [*asked.headers, *(each for each in session if each[0] not in own)]
        path, _, query = asked.target.partition(b"?")
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": asked.method, "scheme": "http", "path": unquote(path.decode("ascii")),
            "raw_path": path, "query_string": query, "root_path": "", "headers": headers,
            "client": (asked.address, 50_000), "server": ("127.0.0.1", 8080), "state": {},
        }  # fmt: skip
        return self._loop.run_until_complete(
            asyncio.wait_for(exchange(self._app, scope, asked.body), self._patience_s)
        )


async def exchange(app: Any, scope: dict[str, Any], body: bytes) -> Answer:  # noqa: ANN401 - ASGI
    """Ask, and hang up on a stream once it has begun."""
    begun, over = asyncio.Event(), asyncio.Event()
    started: dict[str, Any] = {}
    told: list[bytes] = []
    is_sent = False

    async def receive() -> dict[str, Any]:
        nonlocal is_sent
        if not is_sent:
            is_sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        await (begun if started.get("streams") else over).wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kinds = [v for name, v in message["headers"] if name.lower() == b"content-type"]
            started.update(message, streams=any(b"event-stream" in kind for kind in kinds))
            if started["streams"]:
                over.set()
        elif message["type"] == "http.response.body":
            told.append(message.get("body", b""))
            begun.set()
            if not message.get("more_body"):
                over.set()

    await app(scope, receive, send)
    headers = tuple((bytes(n).lower(), bytes(v)) for n, v in started["headers"])
    return Answer(started["status"], headers, b"".join(told))


def damaged_path(chance: random.Random, path: str) -> str:
    """Damage a path."""
    roll = chance.random()
    if roll < 0.5:
        parts = path.split("/")
        at = chance.randrange(1, len(parts))
        parts[at] = odd_part(chance)
        return "/".join(parts)
    if roll < 0.8:
        return f"{path}{chance.choice(('/', '', '//'))}{odd_part(chance)}"
    at = chance.randrange(len(path) + 1)
    return "/" + (path[:at] + odd_part(chance) + path[at:]).lstrip("/")


def odd_part(chance: random.Random) -> str:
    """Give a part of a path or a query that nobody expects."""
    return chance.choice(_PARTS) if chance.random() < 0.6 else hostile_name(chance, halves=True)


def _query(chance: random.Random) -> str:
    name = chance.choice(list(_QUERIES))
    roll = chance.random()
    value = chance.choice(_QUERIES[name]) if roll < 0.6 else odd_part(chance)
    if chance.random() < 0.05:
        name = odd_part(chance)
    return f"{name}={value}" if chance.random() < 0.97 else name


def quoted(chance: random.Random, target: str) -> bytes:
    """Write a target as bytes that a server lets pass."""
    raw = target.encode("utf-8", "surrogatepass")
    safe = "/?&=%;:@!$'()*+,.~\\\"<>[]{}|^`#-_" if chance.random() < 0.5 else "/?&=%"
    return quote_from_bytes(raw, safe).encode()[:8000]


def odd_header(chance: random.Random, name: str) -> bytes:
    """Give a value of a header, odd or hostile."""
    value = chance.choice(_HEADERS[name]) if chance.random() < 0.7 else hostile_name(chance)
    if name == "cookie" and chance.random() < 0.3:
        try:
            value = SimpleCookie({"pingcheng": value}).output(header="").strip()
        except CookieError:
            value = "pingcheng=x"
    raw = value.encode("utf-8", "replace")[:4000]
    return re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b"", raw).strip(b" \t")


def _body(chance: random.Random) -> bytes:
    content = chance.choice(_BODIES)
    for _ in range(chance.choice((0, 1, 1, 2))):
        if isinstance(content, dict) and chance.random() < 0.5:
            key = chance.choice([*content, hostile_name(chance, halves=True)])
            content = {**content, key: hostile_name(chance, halves=True)}
        else:
            content = damaged(chance, content)
    raw = written(chance, content)
    return chance.choice(BYTE_DAMAGES)(chance, raw) if chance.random() < 0.2 else raw
