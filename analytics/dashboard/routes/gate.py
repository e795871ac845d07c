"""The gate before all routes: who is asking, told without keeping the loop waiting.

What is known is answered from memory. What is not is asked of the database on threads of its own;
if it does not answer soon, what was known last holds, and who is not known may try again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import HTTPException, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from analytics.dashboard.access.access import Access, Identity, address_of
from analytics.dashboard.access.home import is_at_home
from analytics.dashboard.access.users import Role
from analytics.dashboard.routes.work import Budget, Wanted, Work, while_connected
from ingest.fault import LogError
from ingest.web.limits import network_of

Given = TypeVar("Given")
WAIT_S = 2.0
"""How long the database may take to say who is asking."""


class Gate:
    """Lets requests pass, and gives each its threads.

    Parameters
    ----------
    access
        Decides who may do what.
    """

    def __init__(self, access: Access) -> None:
        self.access = access
        self._access_work = Work("access", Budget(4, line=200, threads_each=2, line_each=100))
        self._logins = Work("login", Budget(2, line=32, threads_each=2, line_each=16))
        self._views = Work("view", Budget(4, line=200, threads_each=2, line_each=24))
        self._board = Work("board", Budget(2, line=64, threads_each=1, line_each=8))
        self._days = Work("days", Budget(4, line=64, threads_each=1, line_each=12))
        self._changes = Work("change", Budget(4, line=64, threads_each=1, line_each=8))

    async def login_required(self) -> bool:
        """Whether there are users, as far as is known."""
        known = self.access.recall_login_required()
        if known is not None:
            return known
        try:
            async with asyncio.timeout(WAIT_S):
                return await self._access_work.do("users", lambda _: self.access.login_required())
        except (TimeoutError, HTTPException):
            self.access.note_silence()
            return self.access.recall_login_required(stale=True) is not False

    async def identify(self, request: Request) -> Identity:
        """Tell who is asking.

        Raises
        ------
        LogError
            If that is not known and the database does not tell.
        """
        found = self.access.recall(request)
        if found is None:
            found = await self._look_up(request)
        request.state.identity = found
        return found

    def require(self, role: Role) -> Callable[[Request], Awaitable[Identity]]:
        """Make a dependency that lets those with a role pass, with a CSRF token if they write."""

        async def check(request: Request) -> Identity:
            return self.access.admit(request, await self.identify(request), role)

        return check

    async def view(self, request: Request, work: Callable[[], Given]) -> Given:
        """Do what asks no database."""
        return await self._do(self._views, request, lambda _: work())

    async def board(self, request: Request, work: Callable[[], Given]) -> Given:
        """Do what a resident asks, and asks no database."""
        return await self._do(self._board, request, lambda _: work())

    async def days(self, request: Request, work: Callable[[Wanted], Given]) -> Given:
        """Do what reads the log or computes a past state."""
        return await self._do(self._days, request, work)

    async def change(self, request: Request, work: Callable[[], Given]) -> Given:
        """Do what changes something."""
        return await self._changes.do(who_of(request), lambda _: work())

    async def log_in(self, request: Request, work: Callable[[], Given]) -> Given:
        """Do what looks at a password."""
        return await self._logins.do(network_of(address_of(request)), lambda _: work())

    async def beside(self, name: str, work: Callable[[Wanted], Given]) -> Given:
        """Do what is asked for by nobody in particular."""
        return await self._days.do(name, work)

    def close(self) -> None:
        """Let all threads end."""
        for each in (
            self._access_work, self._logins, self._views, self._board, self._days, self._changes,
        ):  # fmt: skip
            each.close()

    async def _do(self, pool: Work, request: Request, work: Callable[[Wanted], Given]) -> Given:
        doing = asyncio.ensure_future(pool.do(who_of(request), work))
        return await while_connected(request, doing)

    async def _look_up(self, request: Request) -> Identity:
        key = network_of(address_of(request))
        try:
            async with asyncio.timeout(WAIT_S):
                return await self._access_work.do(key, lambda _: self.access.identify(request))
        except TimeoutError:
            self.access.note_silence()
            known = self.access.recall(request, stale=True)
        except HTTPException:  # too many ask at once
            known = self.access.recall(request, stale=True)
            if known is None:
                raise
        if known is None:
            raise LogError(f"the database has not said within {WAIT_S:g} s who is asking")
        return known


class AtHome:
    """Middleware: without any user, answers this machine only, unless the page is open."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if (
            scope["type"] == "http"
            and not self._gate.access.is_open
            and not is_at_home(Request(scope))
            and not await self._gate.login_required()
        ):
            detail = (
                "there are no users, so only this machine is answered, and no proxy; see "
                "pingcheng user add, or serve --open"
            )
            await JSONResponse({"detail": detail}, 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def who_of(request: Request) -> str:
    """Name whose budget a request is on: a session, or of strangers an address."""
    identity: Identity | None = getattr(request.state, "identity", None)
    if identity is not None and identity.user is not None:
        return f"session {identity.csrf}"
    return f"address {network_of(address_of(request))}"


def viewer_of(request: Request) -> str:
    """Name who looks: a user, with however many sessions, or of strangers an address."""
    identity: Identity | None = getattr(request.state, "identity", None)
    if identity is not None and identity.user is not None:
        return f"user {identity.user}"
    return f"address {network_of(address_of(request))}"
