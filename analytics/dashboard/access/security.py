"""What every answer carries, and what no request may: headers, size, origin."""

import asyncio
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 16 * 1024
BODY_S = 10.0
"""How long a body may take to come."""
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self' blob:; font-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Middleware: adds the headers, refuses bodies too large and what other sites send."""

    def __init__(self, app: ASGIApp, most_body: int = MOST_BODY) -> None:
        self._app = app
        self._most_body = most_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = _refusal_of(scope)
        if refusal is None and scope["method"] not in _SAFE:
            body = await _read_in_time(receive, self._most_body)
            if isinstance(body, JSONResponse):
                refusal = body
            else:
                receive = _replay(body, receive)
        await (refusal or self._app)(scope, receive, send_guarded)


def _refusal_of(scope: Scope) -> JSONResponse | None:
    if (fault := fault_of(scope)) is not None:
        return JSONResponse({"detail": fault}, 400)
    if scope["method"] not in _SAFE and not comes_from_here(Headers(scope=scope)):
        return JSONResponse({"detail": "another site sent this"}, 403)
    return None


async def _read_in_time(receive: Receive, most: int) -> bytes | JSONResponse:
    try:
        async with asyncio.timeout(BODY_S):
            body = await _read(receive, most)
    except TimeoutError:
        return JSONResponse({"detail": "the body has not come"}, 408, {"Connection": "close"})
    if body is None:
        return JSONResponse({"detail": f"at most {most} bytes, please"}, 413)
    return body


def fault_of(scope: Scope) -> str | None:
    """Tell why a request cannot be answered: a host that is none, or a NUL, which no name has."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) > 1 or not all(_HOST.fullmatch(each.decode("latin-1")) for each in hosts):
        return "the header Host names no host"
    if "\0" in scope["path"] or "%00" in scope.get("query_string", b"").decode("latin-1"):
        return "a NUL is part of no name"
    return None


def comes_from_here(headers: Headers) -> bool:
    """Whether a browser says that a page of ours sent a request; a program says nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False


async def _read(receive: Receive, most: int) -> bytes | None:
    """Read a body; None if it is too large or its sender left."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed
