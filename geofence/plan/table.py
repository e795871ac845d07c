"""Typed access to the tables of plan.toml; what does not fit is written down, not raised."""

import difflib
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from geofence.plan.fault import FaultCode, PlanFault

LONGEST_VALUE = 60
_LONGEST_NUMBER = 10**LONGEST_VALUE
MOST_COMPARISONS = 1_000_000
PRIVATE_KEYS = frozenset({"contact"})


@dataclass(slots=True)
class FaultList:
    """The faults of one file, in order of discovery."""

    file: str
    faults: list[PlanFault] = field(default_factory=list)

    def add(self, code: FaultCode, where: str, value: object, remedy: str) -> None:
        """Write a fault down; a `value` of None has nothing to show."""
        shown = "" if value is None else shorten(value)
        self.faults.append(PlanFault(code, self.file, where, shown, remedy))


def shorten(value: object) -> str:
    """Write a value as a plan would, on one line and not longer than a line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in value) + '"'
    elif isinstance(value, int) and abs(value) >= _LONGEST_NUMBER:
        digits = int(value.bit_length() * math.log10(2)) + 1
        text = f"a number of about {digits} digits"  # Python does not write any number
    elif isinstance(value, date | int | float):
        text = str(value)
    elif isinstance(value, Mapping):
        return "a table"
    elif isinstance(value, list):
        return f"a list of {len(value)}"
    else:
        text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def nearest(name: str, known: Collection[str]) -> str:
    """Suggest the known name that `name` was meant to be, as a clause; empty if none is near."""
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""


class KnownNames(Collection[str]):
    """Names that others may refer to, such as the ids of all grids, in their order.

    A reference that none of them answers to is told with the nearest, up to `MOST_COMPARISONS` in
    all: where every section of a large plan names a grid that there is not, a guess at each would
    take an hour and help nobody.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = dict.fromkeys(names)
        self._clauses: dict[str, str] = {}
        self._left = MOST_COMPARISONS

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def nearest(self, name: str) -> str:
        """Suggest as `nearest` does; empty also once too many were compared."""
        if name not in self._clauses:
            if self._left < len(self._names):
                return ""
            self._left -= len(self._names)
            self._clauses[name] = nearest(name, self._names)
        return self._clauses[name]


class PlanTable:
    """One table of plan.toml: reads keys, writes faults down, tells unknown keys."""

    def __init__(
        self, values: Mapping[str, Any], path: str, faults: FaultList, known: Collection[str]
    ) -> None:
        self.values = values
        self.path = path
        self.faults = faults
        for key in values:
            if key not in known:
                remedy = f"there is no such key ({', '.join(known)}){nearest(key, known)}"
                self.fault(FaultCode.KEY_UNKNOWN, key, None, remedy)

    def where(self, key: str) -> str:
        """Give the path of a key."""
        return f"{self.path}.{key}" if self.path else key

    def fault(self, code: FaultCode, key: str, value: object, remedy: str) -> None:
        """Write down a fault of `key`."""
        hidden = key in PRIVATE_KEYS
        self.faults.add(code, self.where(key), None if hidden else value, remedy)

    def text(self, key: str, *, required: bool = True) -> str:
        """Read a text, stripped; the empty string if it is absent or wrong."""
        value = self._get(key, required=required)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fault(FaultCode.WRONG_TYPE, key, value, f'write a text: {key} = "…"')
            return ""
        if required and not value.strip():
            self.fault(FaultCode.EMPTY, key, value, "write something between the quotes")
        return value.strip()

    def texts(self, key: str, *, required: bool = True, what: str = "") -> list[tuple[str, str]]:
        """Read a list of distinct texts as pairs of where and text, stripped."""
        value = self._get(key, required=required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(FaultCode.WRONG_TYPE, key, value, f'write a list of texts: {key} = ["…"]')
            return []
        if required and not value:
            self.fault(FaultCode.EMPTY, key, None, f"list at least one {what}")
        read: list[tuple[str, str]] = []
        known: set[str] = set()
        for index, item in enumerate(value):
            place = f"{key}[{index}]"
            if not isinstance(item, str):
                self.fault(FaultCode.WRONG_TYPE, place, item, "write a text in quotes")
            elif item.strip() in known:
                self.fault(FaultCode.VALUE_REPEATED, place, item, "list it once")
            else:
                known.add(item.strip())
                read.append((place, item.strip()))
        return read

    def boolean(self, key: str) -> bool:
        """Read true or false; false if it is absent or wrong."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.fault(FaultCode.WRONG_TYPE, key, value, "write true or false, without quotes")
            return False
        return value

    def date(self, key: str, *, required: bool = True) -> date | None:
        """Read a date; None if it is absent or wrong."""
        value = self._get(key, required=required)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self.fault(
            FaultCode.WRONG_TYPE, key, value,
            f"write a date without quotes and without a time: {key} = 2022-03-25",
        )  # fmt: skip
        return None

    def number(self, key: str) -> float | None:
        """Read a finite number; None if it is wrong."""
        value = self.values[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(FaultCode.WRONG_TYPE, key, value, "write a number, without quotes")
            return None
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.fault(FaultCode.RULE_RANGE, key, value, "write a finite number")
            return None
        return number

    def tables(
        self, key: str, known: Collection[str], *, required: bool = True
    ) -> Iterator["PlanTable"]:
        """Read an array of tables ``[[key]]``."""
        value = self._get(key, required=required)
        if value is None:
            return
        if not isinstance(value, list):
            self.fault(FaultCode.WRONG_TYPE, key, value, f"begin each one with [[{key}]]")
            return
        if required and not value:
            self.fault(FaultCode.EMPTY, key, None, f"write at least one [[{key}]]")
        for index, item in enumerate(value):
            if isinstance(item, Mapping):
                place = self.where(f"{key}[{index}]")
                name = item.get("id") or item.get("grid") or item.get("section")
                place = f"{place} ({name})" if isinstance(name, str) and name.strip() else place
                yield PlanTable(item, place, self.faults, known)
            else:
                self.fault(
                    FaultCode.WRONG_TYPE, f"{key}[{index}]", item, f"begin it with [[{key}]]"
                )

    def _get(self, key: str, *, required: bool) -> object:
        if key not in self.values and required:
            self.fault(FaultCode.KEY_ABSENT, key, None, f"add the key {key}")
        return self.values.get(key)
