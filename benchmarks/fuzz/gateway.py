"""Hostile requests to the HTTP gateway, asked in process before a broker that takes all."""

import asyncio
import base64
import json
import random
import re
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, unquote, urlencode

from benchmarks.fuzz.http import Answer, Asked, damaged_path, exchange, odd_header, quoted
from benchmarks.fuzz.names import hostile_name
from benchmarks.fuzz.subject import Subject, ThroughError
from benchmarks.ingest.fuzz_decoders import BYTE_DAMAGES, CORPUS, RECEIVED_MS, damaged, written
from ingest.decoding.decoder import Decoder
from ingest.decoding.message import Message
from ingest.decoding.routes import routes_of
from ingest.gateway.http.gateway import HttpGateway
from ingest.gateway.http.rates import Rates
from ingest.gateway.http.reading import Topics
from ingest.gateway.http.tokens import ALL, Issued, TokenBook, hash_of, write_tokens

_DEVICE, _TRUCK = "861050000000001", "晋BQ0384"
_TOKENS = {_DEVICE: "token-of-device", _TRUCK: "token-of-truck", ALL: "token-of-all"}
_PATHS = ("/", "/osmand", "/traccar", "/owntracks", "/pub", "/healthz")
_PROTOCOLS = {"/": "osmand", "/pub": "owntracks"}
_WAYS = ("path", "query", "bearer", "basic", "none")
_METHODS = ("POST",) * 8 + ("GET",) * 6 + ("HEAD", "PUT", "OPTIONS", "X")
_HEADERS = (
    "content-type", "content-length", "x-limit-u", "x-limit-d", "authorization", "x-forwarded-for",
    "transfer-encoding", "expect",
)  # fmt: skip
_ROUTES = (
    ("gateway/osmand", "osmand"), ("gateway/traccar", "traccar"),
    ("owntracks/+/{vehicle_id}", "owntracks"),
)  # fmt: skip
_NEVER_IN_A_TOPIC = re.compile(r"[\s+#*>$\0]|//|^/|/$")
_LONGEST_TOPIC = 400
_STATUSES = {200, 400, 401, 403, 404, 405, 413, 429}


class _Broker:
    """Takes all, and notes it."""

    connected = True

    def __init__(self) -> None:
        self.published: list[tuple[str, bytes]] = []

    async def publish(self, topic: str, payload: bytes) -> None:
        self.published.append((topic, payload))


class Gateway(Subject):
    """Whatever is asked is answered with sense; who has no token publishes nothing."""

    name: ClassVar[str] = "gateway"
    share: ClassVar[float] = 0.01

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        path = folder / "tokens.csv"
        write_tokens(
            path, {each: Issued(each, hash_of(token), "") for each, token in _TOKENS.items()}
        )
        self._broker = _Broker()
        rates = Rates.of(1e9, 1e9)
        book = TokenBook(path, lambda: 0.0)
        self._app = HttpGateway(self._broker, book, lambda: 0.0, Topics(), rates)
        self._decoder = Decoder(routes_of(_ROUTES))
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        """Close the loop."""
        self._loop.close()

    def make(self, chance: random.Random) -> Asked:
        """Damage path, query, headers and body of a request, with a token or without."""
        path = chance.choice(_PATHS)
        dialect = _PROTOCOLS.get(path, path.strip("/"))
        content = chance.choice(CORPUS.get(dialect, CORPUS["osmand"]))
        query: dict[str, Any] = {}
        body = b""
        if dialect == "osmand" and chance.random() < 0.6:
            query = dict(content)
        else:
            body = written(chance, damaged(chance, content) if chance.random() < 0.5 else content)
        if dialect == "owntracks":
            query |= {"u": _name(chance), "d": _name(chance)}
        if query and chance.random() < 0.5:
            query[chance.choice([*query, "id", "lat"])] = _name(chance)
        if not body and chance.random() < 0.3:
            body, query = _encoded(query), {}
        if chance.random() < 0.2:
            body = chance.choice(BYTE_DAMAGES)(chance, body)
        way, path, headers = _with_token(chance, path, query)
        for _ in range(chance.choice((0, 0, 1, 2))):
            name = chance.choice(_HEADERS)
            headers[name] = (
                _plain(_name(chance)) if name.startswith("x-limit") else odd_header(chance, name)
                if name in ("content-type", "content-length", "authorization", "x-forwarded-for",
                            "transfer-encoding") else b"100-continue"
            )  # fmt: skip
        if chance.random() < 0.2:
            path = damaged_path(chance, path)
        target = quoted(chance, path)
        if query:
            target += b"?" + _encoded(query)
        address = f"10.0.{chance.randrange(256)}.{chance.randrange(256)}"
        pairs = tuple((name.encode(), value) for name, value in headers.items())
        return Asked(way, address, chance.choice(_METHODS), target[:8000], pairs, body)

    def throw(self, made: object) -> bool:
        """Ask, and look at the answer and at what was published."""
        assert isinstance(made, Asked)
        self._broker.published.clear()
        answer = self._ask(made)
        if answer.status not in _STATUSES:
            raise ThroughError(f"status {answer.status}: {answer.body[:200]!r}")
        for name, value in answer.headers:
            if re.search(rb"[\r\n\0]", name + value):
                raise ThroughError(f"a header ends a line: {name!r}: {value!r}")
        if answer.status != 200:
            if made.method != "HEAD" and "code" not in json.loads(answer.body):
                raise ThroughError(f"an error without a code: {answer.body[:200]!r}")
            if self._broker.published:
                raise ThroughError(f"published, and answered {answer.status}")
            return True
        for topic, payload in self._broker.published:
            self._look_at(made, topic, payload)
        return False

    def _look_at(self, made: Asked, topic: str, payload: bytes) -> None:
        if _NEVER_IN_A_TOPIC.search(topic) or len(topic) > _LONGEST_TOPIC:
            raise ThroughError(f"a topic that brokers do not take: {topic!r}")
        if "token-of-" in topic or (topic == "gateway/osmand" and "token" in json.loads(payload)):
            raise ThroughError(f"a token was published: {topic!r}")
        said = b"\n".join((made.target, *(value for _, value in made.headers), made.body))
        told = unquote(said.decode("latin-1"))
        if made.who != "basic" and not any(token in told for token in _TOKENS.values()):
            raise ThroughError("somebody without a token was let in")
        pings, rejections = self._decoder.decode(Message(topic, payload, RECEIVED_MS))
        if not pings and not rejections:
            raise ThroughError("the message vanished")

    def _ask(self, made: Asked) -> Answer:
        path, _, query = made.target.partition(b"?")
        scope = {
            "type": "http", "http_version": "1.1", "method": made.method, "scheme": "http",
            "path": unquote(path.decode("ascii")), "raw_path": path, "query_string": query,
            "root_path": "", "headers": list(made.headers), "client": (made.address, 50_000),
            "server": ("127.0.0.1", 5055),
        }  # fmt: skip
        return self._loop.run_until_complete(
            asyncio.wait_for(exchange(self._app, scope, made.body), 30)
        )


def _with_token(
    chance: random.Random, path: str, query: dict[str, Any]
) -> tuple[str, str, dict[str, bytes]]:
    """Give a token in one of its ways: which, the path, and headers; or none."""
    who, way = chance.choice((ALL, ALL, *_TOKENS)), chance.choice(_WAYS)
    token = _TOKENS[who] if chance.random() < 0.8 else hostile_name(chance)
    headers: dict[str, bytes] = {}
    if way == "path":
        path = f"{path.rstrip('/') or '/osmand'}/{quote(token, safe='')}"
    elif way == "query":
        query["token"] = token
    elif way == "bearer":
        headers["authorization"] = _plain(f"Bearer {token}")
    elif way == "basic":
        pair = f"{_name(chance)}:{token}".encode("utf-8", "surrogatepass")
        headers["authorization"] = b"Basic " + base64.b64encode(pair)
    return way, path, headers


def _name(chance: random.Random) -> str:
    return chance.choice((_DEVICE, _TRUCK, _DEVICE, _TRUCK, hostile_name(chance, halves=True)))


def _plain(text: str) -> bytes:
    return re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b"", text.encode("utf-8", "surrogatepass"))[:4000]


def _encoded(query: dict[str, Any]) -> bytes:
    return urlencode(query, errors="surrogatepass").encode()
