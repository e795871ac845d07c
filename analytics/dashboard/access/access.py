"""Who is asking, and whether they may: roles, CSRF tokens and the login, over HTTP."""

import hashlib
import math
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import HTTPException, Request

from analytics.dashboard.access.audit_log import AuditLog
from analytics.dashboard.access.sessions import Session, Sessions
from analytics.dashboard.access.users import Role, Users
from analytics.dashboard.documents.documents import SessionDoc
from ingest.fault import LogError
from ingest.web.limits import Lockout, RateLimit, network_of

COOKIE = "pingcheng_session"
SECURE_COOKIE = f"__Host-{COOKIE}"
DEVICE_COOKIE = "pingcheng_device"
CSRF_HEADER = "X-CSRF-Token"
USERS_FRESH_S = 2.0
AGAIN_S = 5.0
"""How long the database is not asked again whether there are users once it was away."""
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


_STRANGER = Identity(None, None, None, login_required=True)


def _identity_of(session: Session) -> Identity:
    return Identity(session.user, session.role, session.csrf, login_required=True)


class Access:
    """Decides who may do what.

    Without any user the page is open to whoever sits at this machine, as an operator.

    Parameters
    ----------
    is_open
        Without any user whoever reaches the page may look, and nobody may change anything.
    """

    def __init__(
        self, users: Users, sessions: Sessions, audit: AuditLog, *, is_open: bool = False
    ) -> None:
        self.users = users
        self.sessions = sessions
        self.audit = audit
        self.is_open = is_open
        self._open_csrf = secrets.token_urlsafe(32)
        self._has_users: tuple[float, bool] | None = None
        self._away_s: float | None = None
        self._attempts = RateLimit(burst=20, per_s=0.2)
        self._by_both = Lockout(failures=5)
        self._by_name = Lockout(failures=100)
        self._by_device = Lockout(failures=5)

    def recall_login_required(self, *, stale: bool = False) -> bool | None:
        """Tell whether there are users without asking the database; None if that is needed.

        Parameters
        ----------
        stale
            Also what should be asked again by now: for when the database does not answer.
        """
        known, now_s = self._has_users, time.monotonic()
        is_away = self._away_s is not None and now_s - self._away_s < AGAIN_S
        if known is not None and (stale or is_away or now_s - known[0] < USERS_FRESH_S):
            return known[1]
        return True if stale or is_away else None

    def look_for_users(self) -> bool:
        """Ask whether there are users, also for when the database does not answer later."""
        found = self.users.exist()
        self._has_users = (-math.inf, found)  # old, so that the next one to ask is told anew
        return found

    def note_silence(self) -> None:
        """Note that the database does not answer, so that it is not asked for some time."""
        self._away_s = time.monotonic()
        self.sessions.note_silence()

    def login_required(self) -> bool:
        """Whether there are users. While the database is away, whether there were."""
        if (recalled := self.recall_login_required()) is not None:
            return recalled
        try:
            found = self.users.exist()
        except LogError:
            self._away_s = time.monotonic()
            return self._has_users is None or self._has_users[1]
        self._away_s = None
        self._has_users = (time.monotonic(), found)
        return found

    def recall(self, request: Request, *, stale: bool = False) -> Identity | None:
        """Tell who is asking without asking the database; None if that is needed."""
        is_required = self.recall_login_required(stale=stale)
        if is_required is None:
            return None
        if not is_required:
            return self._nobody_in_particular()
        token = token_of(request)
        if token is None:
            return _STRANGER
        session = self.sessions.recall(token, stale=stale)
        return None if session is None else _identity_of(session)

    def identify(self, request: Request) -> Identity:
        """Tell who is asking."""
        if not self.login_required():
            return self._nobody_in_particular()
        session = self._session(request)
        return _STRANGER if session is None else _identity_of(session)

    def admit(self, request: Request, identity: Identity, role: Role) -> Identity:
        """Let who has a role pass, with a CSRF token if they write."""
        if identity.role is None:
            raise HTTPException(401, "log in first")
        if request.method not in _SAFE:
            self._check_csrf(request, identity)
        if not identity.role.includes(role):
            raise HTTPException(403, f"only the role {role.value} may do that")
        return identity

    def _check_csrf(self, request: Request, identity: Identity) -> None:
        """Refuse a request without the token that GET /session gave."""
        given = request.headers.get(CSRF_HEADER, "")
        if identity.csrf is None or not secrets.compare_digest(
            given.encode("utf-8", "replace"), identity.csrf.encode()
        ):
            raise HTTPException(403, f"the header {CSRF_HEADER} is missing or wrong")

    def log_in(self, request: Request, name: str, password: str) -> tuple[str, Session]:
        """Begin a session, or refuse; slower and slower with each wrong password."""
        address, now_s = address_of(request), time.monotonic()
        counted = self._count_attempt(request, name, now_s)
        try:
            user = self.users.check(name, password)
        except LogError:
            for lockout, key in counted:
                lockout.take_back(key, now_s)
            raise
        if user is None:
            self.audit.write(name, address, "login_failed")
            raise HTTPException(401, "wrong name or password")
        for lockout, key in counted:
            lockout.succeeded(key)
        self.audit.write(name, address, "login")
        return self.sessions.begin(user)

    def mark_for(self, request: Request, name: str) -> str | None:
        """Make a mark for a device from which a user has just logged in; None if it has one."""
        mark = request.cookies.get(device_cookie(request, name))
        try:
            return None if self.users.device(name, mark) else self.users.new_mark(name)
        except LogError:  # they are logged in all the same
            return None

    def _count_attempt(
        self, request: Request, name: str, now_s: float
    ) -> Sequence[tuple[Lockout, str]]:
        """Count an attempt before its password is looked at, or refuse it.

        A device from which the user has logged in before is counted by itself, so that nobody
        else's guesses lock it out.
        """
        device = self.users.device(name, request.cookies.get(device_cookie(request, name)))
        network = network_of(address_of(request))
        if device is not None:
            counted = [(self._by_device, f"{device} {name}")]
        else:
            counted = [(self._by_both, f"{network} {name}"), (self._by_name, name)]
        wait_s = max(lockout.locked_s(key, now_s) for lockout, key in counted)
        if device is None:
            wait_s = wait_s or self._attempts.take(network, now_s)
        for lockout, key in counted:
            wait_s = wait_s or lockout.attempt(key, now_s)
        if wait_s > 0.0:
            raise too_many(wait_s)
        return counted

    def log_out(self, request: Request, identity: Identity) -> None:
        """End the session."""
        token = token_of(request)
        if token is not None and identity.user is not None:
            self.sessions.end(token)
            self.audit.write(identity.user, address_of(request), "logout")

    def _nobody_in_particular(self) -> Identity:
        """Whoever asks while there are no users."""
        role = Role.VIEWER if self.is_open else Role.OPERATOR
        return Identity(None, role, self._open_csrf, login_required=False)

    def _session(self, request: Request) -> Session | None:
        token = token_of(request)
        return None if token is None else self.sessions.find(token)


def token_of(request: Request) -> str | None:
    """Give the session token that a browser sent."""
    return request.cookies.get(cookie_name(request))


def cookie_name(request: Request) -> str:
    """Name the cookie: over https one that no other host of the domain can set."""
    return SECURE_COOKIE if request.url.scheme == "https" else COOKIE


def device_cookie(request: Request, name: str) -> str:
    """Name the cookie that marks a device: one for each user of it."""
    number = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    prefix = "__Host-" if request.url.scheme == "https" else ""
    return f"{prefix}{DEVICE_COOKIE}_{number}"


def address_of(request: Request) -> str:
    """Give the address of who asks: of a reverse proxy on this machine, the one it tells."""
    return request.client.host if request.client else ""


def too_many(wait_s: float) -> HTTPException:
    """Refuse for some time."""
    seconds = max(1, round(wait_s + 0.5))
    return HTTPException(
        429, f"too often; try again in {seconds} s", headers={"Retry-After": str(seconds)}
    )
