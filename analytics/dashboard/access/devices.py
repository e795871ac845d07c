"""Devices from which somebody has logged in before: wrong guesses of others do not lock them out.

The mark a browser keeps is signed with the user's password hash, which only the database has:
nothing else is stored, and another password ends all marks of its user.
"""

import hashlib
import hmac
import re
import secrets

_MARK = re.compile(r"[0-9a-f]{32}\.[0-9a-f]{64}")


def new_mark(password_hash: str, name: str) -> str:
    """Make the mark of a device from which a user has just logged in."""
    number = secrets.token_hex(16)
    return f"{number}.{_signature(password_hash, name, number)}"


def looks_like_mark(text: str | None) -> bool:
    """Whether it is worth asking the database."""
    return text is not None and _MARK.fullmatch(text) is not None


def device_of(mark: str | None, password_hash: str, name: str) -> str | None:
    """Give the number of a device that a user has logged in from; None if it is no such mark."""
    if mark is None or not looks_like_mark(mark):
        return None
    number, _, signature = mark.partition(".")
    expected = _signature(password_hash, name, number)
    return number if hmac.compare_digest(signature, expected) else None


def _signature(password_hash: str, name: str, number: str) -> str:
    told = f"device\0{number}\0{name}".encode("utf-8", "surrogatepass")
    return hmac.new(password_hash.encode(), told, hashlib.sha256).hexdigest()
