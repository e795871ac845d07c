"""Who is asking, and whether they may: roles, CSRF tokens and the login, over HTTP."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import HTTPException, Request

from analytics.dashboard.access.audit_log import AuditLog
from analytics.dashboard.access.limits import Lockout, RateLimit, is_loopback, network_of
from analytics.dashboard.access.sessions import Session, Sessions
from analytics.dashboard.access.users import Role, Users
from analytics.dashboard.documents.documents import SessionDoc
from ingest.fault import LogError

COOKIE = "pingcheng_session"
SECURE_COOKIE = f"__Host-{COOKIE}"
CSRF_HEADER = "X-CSRF-Token"
USERS_FRESH_S = 2.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking."""

    user: str | None
    role: Role | None
    csrf: str | None
    login_required: bool

    def document(self) -> SessionDoc:
        """Describe it."""
        return SessionDoc(
            user=self.user,
            role=self.role.value if self.role else None,
            csrf=self.csrf,
            login_required=self.login_required,
        )


class Access:
    """Decides who may do what.

    Without any user the page is open to whoever sits at this machine, as an operator.
    """

    def __init__(self, users: Users, sessions: Sessions, audit: AuditLog) -> None:
        self.users = users
        self.sessions = sessions
        self.audit = audit
        self._open_csrf = secrets.token_urlsafe(32)
        self._has_users: tuple[float, bool] | None = None
        self._attempts = RateLimit(burst=20, per_s=0.2)
        self._by_both = Lockout(failures=5)
        self._by_name = Lockout(failures=100)

    def login_required(self) -> bool:
        """Whether there are users. While the database is away, whether there were."""
        known = self._has_users
        now_s = time.monotonic()
        if known is not None and now_s - known[0] < USERS_FRESH_S:
            return known[1]
        try:
            found = self.users.exist()
        except LogError:
            return True if known is None else known[1]
        self._has_users = (now_s, found)
        return found

    def identify(self, request: Request) -> Identity:
        """Tell who is asking."""
        if not self.login_required():
            return Identity(None, Role.OPERATOR, self._open_csrf, login_required=False)
        session = self._session(request)
        if session is None:
            return Identity(None, None, None, login_required=True)
        return Identity(session.user, session.role, session.csrf, login_required=True)

    def require(self, role: Role) -> Callable[[Request], Identity]:
        """Make a dependency that lets those with a role pass, with a CSRF token if they write."""

        def check(request: Request) -> Identity:
            identity = self.identify(request)
            if identity.role is None:
                raise HTTPException(401, "log in first")
            if request.method not in _SAFE:
                self.check_csrf(request, identity)
            if not identity.role.includes(role):
                raise HTTPException(403, f"only the role {role.value} may do that")
            return identity

        return check

    def check_csrf(self, request: Request, identity: Identity) -> None:
        """Refuse a request without the token that GET /session gave."""
        given = request.headers.get(CSRF_HEADER, "")
        if identity.csrf is None or not secrets.compare_digest(
            given.encode("utf-8", "replace"), identity.csrf.encode()
        ):
            raise HTTPException(403, f"the header {CSRF_HEADER} is missing or wrong")

    def log_in(self, request: Request, name: str, password: str) -> tuple[str, Session]:
        """Begin a session, or refuse; slower and slower with each wrong password."""
        address, now_s = address_of(request), time.monotonic()
        both = f"{network_of(address)} {name}"
        wait_s = max(self._by_both.locked_s(both, now_s), self._by_name.locked_s(name, now_s))
        wait_s = wait_s or self._attempts.take(network_of(address), now_s)
        if wait_s > 0.0:
            raise too_many(wait_s)
        user = self.users.check(name, password)
        if user is None:
            self._by_both.failed(both, now_s)
            self._by_name.failed(name, now_s)
            self.audit.write(name, address, "login_failed")
            raise HTTPException(401, "wrong name or password")
        self._by_both.succeeded(both)
        self._by_name.succeeded(name)
        self.audit.write(name, address, "login")
        return self.sessions.begin(user)

    def log_out(self, request: Request, identity: Identity) -> None:
        """End the session."""
        token = token_of(request)
        if token is not None and identity.user is not None:
            self.sessions.end(token)
            self.audit.write(identity.user, address_of(request), "logout")

    def _session(self, request: Request) -> Session | None:
        token = token_of(request)
        return None if token is None else self.sessions.find(token)


def token_of(request: Request) -> str | None:
    """Give the session token that a browser sent."""
    return request.cookies.get(cookie_name(request))


def cookie_name(request: Request) -> str:
    """Name the cookie: over https one that no other host of the domain can set."""
    return SECURE_COOKIE if request.url.scheme == "https" else COOKIE


def address_of(request: Request) -> str:
    """Give the address of who asks: of a reverse proxy on this machine, the one it tells."""
    return request.client.host if request.client else ""


def is_at_home(request: Request) -> bool:
    """Whether a request comes from this machine and calls it by a name of its own.

    A page elsewhere that has its name point here does not.
    """
    return is_loopback(address_of(request)) and is_loopback(request.url.hostname or "")


def too_many(wait_s: float) -> HTTPException:
    """Refuse for some time."""
    seconds = max(1, round(wait_s + 0.5))
    return HTTPException(
        429, f"too often; try again in {seconds} s", headers={"Retry-After": str(seconds)}
    )
