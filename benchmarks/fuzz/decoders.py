"""Broken messages of every dialect, made as `benchmarks.ingest.fuzz_decoders` makes them."""

import random
from pathlib import Path
from typing import ClassVar, NamedTuple

from benchmarks.fuzz.subject import Subject, ThroughError
from benchmarks.ingest.fuzz_decoders import CORPUS, decoder_of, forgotten_of, message_of
from ingest.decoding.message import Message


class Sent(NamedTuple):
    """A message, the dialect that its topic is said to have, and whether it is looked at twice."""

    dialect: str
    message: Message
    is_repeated: bool


class Decoders(Subject):
    """Whatever comes is pings or rejections, and a rejection comes again alone."""

    name: ClassVar[str] = "decoders"
    share: ClassVar[float] = 0.70

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._dialects = list(CORPUS)
        self._decoders = {name: decoder_of(name) for name in CORPUS}

    def make(self, chance: random.Random) -> Sent:
        """Damage a sound payload, or its topic."""
        dialect = chance.choice(self._dialects)
        return Sent(dialect, message_of(chance, dialect), chance.random() < 0.05)

    def throw(self, made: object) -> bool:
        """Decode."""
        assert isinstance(made, Sent)
        decoder = self._decoders[made.dialect]
        pings, rejections = decoder.decode(made.message)
        if not pings and not rejections:
            raise ThroughError("the message vanished")
        if made.is_repeated and forgotten_of(decoder, made.message, rejections):
            raise ThroughError("a refused payload is not refused again under the same code")
        return not pings
