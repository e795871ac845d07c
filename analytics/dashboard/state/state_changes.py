"""What differs in a state from what was told before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from analytics.dashboard.documents.documents import ServedDoc, StreetDoc, UnservedDoc, WindowDoc

Doc = TypeVar("Doc", WindowDoc, StreetDoc)


@dataclass(slots=True)
class Changes:
    """What differs from what was told before."""

    windows: list[WindowDoc] = field(default_factory=list)
    streets: list[StreetDoc] = field(default_factory=list)
    unserved: list[UnservedDoc] = field(default_factory=list)
    """To be applied before `served`."""
    served: list[ServedDoc] = field(default_factory=list)

    def add(self, later: "Changes") -> None:
        """Put later changes behind these; of one window or street the latest counts."""
        self.windows = _latest(self.windows + later.windows)
        self.streets = _latest(self.streets + later.streets)
        lost = {(each["key"], each["section"]) for each in later.unserved}
        kept = [each for each in self.served if (each["key"], each["section"]) not in lost]
        self.unserved += later.unserved
        self.served = kept + later.served


def _latest(docs: Sequence[Doc]) -> list[Doc]:
    return list({doc["key"]: doc for doc in docs}.values())
