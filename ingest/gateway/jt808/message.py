"""A message as its header tells it, or one sub-package of it."""

from dataclasses import dataclass
from enum import IntEnum


class Version(IntEnum):
    """The year of the standard; that of 2011 has the header of 2013."""

    V2013 = 2013
    V2019 = 2019

    @property
    def terminal_bytes(self) -> int:
        """Of the terminal's number."""
        return 10 if self is Version.V2019 else 6


@dataclass(frozen=True, slots=True)
class Packet:
    """Which part of a long message this is."""

    total: int
    number: int
    """From 1."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message, or one sub-package of it."""

    id: int
    terminal: str
    """Its number, without the zeros that fill it up; of nothing but zeros it is ``0``."""
    serial: int
    body: bytes
    version: Version = Version.V2013
    packet: Packet | None = None
