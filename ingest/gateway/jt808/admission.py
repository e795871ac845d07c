"""Who is let in: registration 0x0100 and authentication 0x0102.

A platform gives a terminal its authentication code when it registers, and is shown it each time the
terminal connects. Bodies: JT/T 808-2013 and 2019, 8.5 to 8.8.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate, pairwise
from typing import Protocol

from ingest.gateway.jt808.fault import FaultCode
from ingest.gateway.jt808.message import Version

_LAYOUTS = {Version.V2013: ((5, 20, 7), (5, 8, 7)), Version.V2019: ((11, 30, 30),)}
"""Bytes of manufacturer, model and terminal id. Of 2011 the model has 8."""


class Registered(IntEnum):
    """How 0x8100 answers a registration."""

    DONE = 0
    UNKNOWN_TERMINAL = 4


@dataclass(frozen=True, slots=True)
class Registration:
    """What a terminal says of itself; its texts are GBK."""

    province: int
    county: int
    manufacturer: str
    model: str
    serial: str
    """The id that the manufacturer gave it."""
    color: int
    plate: str


@dataclass(frozen=True, slots=True)
class Authentication:
    """The code, and what a terminal of 2019 adds to it."""

    code: str
    imei: str = ""
    software: str = ""


class Gate(Protocol):
    """Decides who may register and speak."""

    is_open: bool
    """Whether nobody has to say who they are."""

    def register(self, terminal: str) -> tuple[Registered, str]:
        """Answer a registration, with the code if it is granted."""

    def knows(self, terminal: str, code: str) -> bool:
        """Tell whether a terminal's code is this one."""


class OpenGate:
    """Lets everybody in: for a network that only one's own terminals can reach."""

    is_open = True

    def register(self, terminal: str) -> tuple[Registered, str]:
        """Grant it."""
        return Registered.DONE, terminal

    def knows(self, terminal: str, code: str) -> bool:  # noqa: ARG002 - the code is no secret here
        """Take any code."""
        return True


@dataclass(frozen=True, slots=True)
class Listed:
    """What the file says of a terminal."""

    code: str
    registers: bool = True
    """Whether it is given its code when it registers; if not, somebody has typed it in."""


class TerminalGate:
    """Lets in who is in the file of terminals."""

    is_open = False

    def __init__(self, terminals: Mapping[str, Listed]) -> None:
        self._terminals = terminals

    def __len__(self) -> int:
        return len(self._terminals)

    def __contains__(self, terminal: str) -> bool:
        return terminal in self._terminals

    def register(self, terminal: str) -> tuple[Registered, str]:
        """Give a listed terminal its code, unless it must have been given it by hand."""
        found = self._terminals.get(terminal)
        if found is None or not found.registers:
            return Registered.UNKNOWN_TERMINAL, ""
        return Registered.DONE, found.code

    def knows(self, terminal: str, code: str) -> bool:
        """Compare in a time that tells nothing of the code."""
        found = self._terminals.get(terminal)
        wanted = "" if found is None else found.code
        return hmac.compare_digest(wanted.encode(), code.encode()) and found is not None


def read_registration(body: bytes, version: Version) -> Registration | FaultCode:
    """Read the body of 0x0100; what 2011 and 2013 have differs in length only."""
    for lengths in _LAYOUTS[version]:
        size = 4 + sum(lengths) + 1
        if len(body) < size:
            continue
        ends = [*accumulate(lengths, initial=4)]
        manufacturer, model, serial = (_text(body[a:b]) for a, b in pairwise(ends))
        return Registration(
            int.from_bytes(body[:2]), int.from_bytes(body[2:4]), manufacturer, model, serial,
            body[size - 1], _text(body[size:]),
        )  # fmt: skip
    return FaultCode.BAD_BODY


def read_authentication(body: bytes, version: Version) -> Authentication | FaultCode:
    """Read the body of 0x0102: of 2019 BYTE length, the code, IMEI BYTE[15], software BYTE[20]."""
    if version is Version.V2013:
        return Authentication(_text(body))
    if not body or len(body) < 1 + body[0]:
        return FaultCode.BAD_BODY
    end = 1 + body[0]
    return Authentication(
        _text(body[1:end]), _text(body[end : end + 15]), _text(body[end + 15 : end + 35])
    )


def _text(field: bytes) -> str:
    """Read a text of GBK, filled up with zeros or blanks on either side."""
    return field.decode("gb18030", "replace").strip("\0 ")
