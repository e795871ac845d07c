"""What is fuzzed: a subject makes inputs by chance and throws them at the product."""

import random
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

LONGEST_SHOWN = 600
MOST_FAILURES = 10
"""Kinds of failure of a subject that are told; the others are counted."""


class ThroughError(Exception):
    """Something came through that must not, or vanished: markup, a formula, a control, a message.

    The product may not raise it, so that it tells a broken law from an uncaught exception.
    """


class Subject(ABC):
    """One part of the product.

    Parameters
    ----------
    folder
        An empty folder for what it writes.
    """

    name: ClassVar[str]
    share: ClassVar[float]
    """Of all inputs, by its speed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def make(self, chance: random.Random) -> object:
        """Make an input; its `repr` is what is shown of it."""

    @abstractmethod
    def throw(self, made: object) -> bool:
        """Give an input to the product; whether it was refused as a fault.

        Raises
        ------
        ThroughError
            If the product did not hold what it promises.
        """

    def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Give back what it holds open."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that the product did not stand, and how it is found again."""

    subject: str
    number: int
    kind: str
    """Failures of one kind most likely have one cause."""
    what: str
    shown: str
    """The input, shortened and escaped."""

    def __str__(self) -> str:
        return f"{self.subject}:{self.number}  {self.what}\n  {self.shown}"


@dataclass(slots=True)
class Counts:
    """What came of the inputs of a subject."""

    inputs: int = 0
    refused: int = 0
    uncaught: int = 0
    through: int = 0
    failures: list[Failure] = field(default_factory=list)
    """The first of each kind by number, at most `MOST_FAILURES`."""

    def add(self, other: "Counts") -> None:
        """Add what came of further inputs."""
        self.inputs += other.inputs
        self.refused += other.refused
        self.uncaught += other.uncaught
        self.through += other.through
        both = sorted([*self.failures, *other.failures], key=lambda each: -each.number)
        first_of = {each.kind: each for each in both}
        self.failures = sorted(first_of.values(), key=lambda each: each.number)[:MOST_FAILURES]


def shorten(value: object) -> str:
    """Write a value in ASCII on one line, its middle left out if it is long."""
    text = ascii(value)
    if len(text) <= LONGEST_SHOWN:
        return text
    half = LONGEST_SHOWN // 2
    return f"{text[:half]} ...({len(text)} characters)... {text[-half:]}"
