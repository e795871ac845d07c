"""Which nights could not be reported, kept beside the reports until they can.

A night counts as tried before it begins, so that one at which the program is killed counts too.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingest.output_file import write_file

FILE = ".nightly.json"
KILLED = "it did not come to an end: killed, or out of memory"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known of a night that was tried and has no report since."""

    count: int
    since_ms: int
    """When it was tried first."""
    last_ms: int
    reason: str
    """Of the last time."""


class Attempts:
    """The nights that were tried in vain, in a file of the folder of reports."""

    def __init__(self, out: Path, now_ms: int) -> None:
        """Read what is kept; what cannot be read is not known."""
        self._path, self._now_ms = out / FILE, now_ms
        self._failed = _read(self._path)

    @property
    def failed(self) -> Mapping[date, Attempt]:
        """By service date."""
        return self._failed

    def begin(self, night: date) -> None:
        """Note that a night is tried.

        Raises
        ------
        OSError
            If that cannot be written; it is known to this run all the same. So with `fail`, `end`.
        """
        before = self._failed.get(night)
        count, since_ms = (before.count, before.since_ms) if before else (0, self._now_ms)
        self._failed[night] = Attempt(count + 1, since_ms, self._now_ms, KILLED)
        self._write()

    def fail(self, night: date, reason: str) -> None:
        """Note why it failed."""
        begun = self._failed[night]
        self._failed[night] = Attempt(begun.count, begun.since_ms, begun.last_ms, reason)
        self._write()

    def end(self, night: date) -> None:
        """Note that there is nothing more to try about a night."""
        if self._failed.pop(night, None) is not None:
            self._write()

    def _write(self) -> None:
        if not self._failed:
            self._path.unlink(missing_ok=True)
            return
        nights = {str(night): asdict(self._failed[night]) for night in sorted(self._failed)}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_file(self._path, json.dumps({"failed": nights}, ensure_ascii=False, indent=1) + "\n")


def _read(path: Path) -> dict[date, Attempt]:
    try:
        nights: dict[str, dict[str, Any]] = json.loads(path.read_bytes())["failed"]
        return {
            date.fromisoformat(night): Attempt(
                int(each["count"]), int(each["since_ms"]), int(each["last_ms"]), str(each["reason"])
            )
            for night, each in nights.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
