"""Client ids of our own short-lived clients: the same from run to run, and one client's at a time.

A broker that ends while a client is connected keeps the client's session, also one that was to end
with the connection. Under an id drawn anew each time nobody would ever clear it; under the old one
the next connection does.
"""

import fcntl
import hashlib
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MOST = 64
"""So many clients of one role may be connected from one machine; a further one is on its own."""


@contextmanager
def own_client_id(role: str, folder: Path | None = None) -> Iterator[str]:
    """Give a client id that no other program of this machine has meanwhile.

    Parameters
    ----------
    role
        What the id begins with, such as ``pingcheng-replay``.
    folder
        Where locks are; None takes one in the system's folder for temporary files.
    """
    place = folder or Path(tempfile.gettempdir()) / f"pingcheng-{os.getuid()}"
    lock = -1
    try:
        number, lock = _take(role, place)
        yield f"{role}-{_machine()}-{number}" if number else f"{role}-{secrets.token_hex(8)}"
    finally:
        if lock >= 0:
            os.close(lock)


def _take(role: str, folder: Path) -> tuple[int, int]:
    """Lock the first number that is free; 0 if none is, or none can be locked."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return 0, -1
    for number in range(1, _MOST + 1):
        try:
            lock = os.open(
                folder / f"{role}-{number}.lock",
                os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC,
                0o600,
            )
        except OSError:
            return 0, -1
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        return number, lock
    return 0, -1


def _machine() -> str:
    """Tell machines and users apart, without naming them: who knows an id can take its session."""
    try:
        machine = Path("/etc/machine-id").read_text(encoding="utf-8").strip()
    except OSError:
        machine = ""
    return hashlib.sha256(f"{machine}/{socket.gethostname()}/{os.getuid()}".encode()).hexdigest()[
        :8
    ]
