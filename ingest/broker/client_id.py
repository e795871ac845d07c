"""Client ids of our own short-lived clients: the same from run to run, and one client's at a time.

A broker that ends while a client is connected keeps the client's session, also one that was to end
with the connection. Under an id drawn anew each time nobody would ever clear it; under the old one
the next connection does.
"""

import hashlib
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MOST = 64
"""So many clients of one role may be connected from one machine; a further one is on its own."""


@contextmanager
def own_client_id(role: str, among: str = "pingcheng") -> Iterator[str]:
    """Give a client id that no other program of this machine has meanwhile.

    What is taken is the name of a socket, which leaves no file behind and ends with the program.

    Parameters
    ----------
    role
        What the id begins with, such as ``pingcheng-replay``.
    among
        What the names of all that make way for each other begin with.
    """
    number, lock = _take(f"{among}/{os.getuid()}/{role}")
    try:
        yield f"{role}-{_machine()}-{number}" if number else f"{role}-{secrets.token_hex(8)}"
    finally:
        if lock is not None:
            lock.close()


def _take(name: str) -> tuple[int, socket.socket | None]:
    """Take the first number that is free; 0 if none is, or none can be taken."""
    if sys.platform != "linux":  # elsewhere every name of a socket is a file
        return 0, None
    for number in range(1, _MOST + 1):
        try:
            lock = socket.socket(socket.AF_UNIX)
        except OSError:
            return 0, None
        try:
            lock.bind(f"\0{name}/{number}")
        except OSError:
            lock.close()
            continue
        return number, lock
    return 0, None


def _machine() -> str:
    """Tell machines and users apart, without naming them: who knows an id can take its session."""
    try:
        machine = Path("/etc/machine-id").read_text(encoding="utf-8").strip()
    except OSError:
        machine = ""
    return hashlib.sha256(f"{machine}/{socket.gethostname()}/{os.getuid()}".encode()).hexdigest()[
        :8
    ]
