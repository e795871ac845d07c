"""Raw signals of a device → the tasks that they stand for, by what is known of its type.

A signal is whatever the payload tells beside the fix, by its name: an input, a bit of a status, a
value of the CAN bus, a text. What it means is told once for all devices of a type. Each report is
read by itself: what a device said before or after has no part in it, so that the order in which
reports arrive has none either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from ingest.tasks import EVERY_TASK, names_of

if TYPE_CHECKING:
    from ingest.settings.device_types import DeviceTypeSettings

_MOST_SIGNALS = 1_000
_ON, _OFF = frozenset({"true", "on", "yes", "1"}), frozenset({"false", "off", "no", "0", ""})


@dataclass(frozen=True, slots=True)
class Condition:
    """A signal, and when it is on; without more, a truth or a number other than 0."""

    signal: str
    bit: int | None = None
    """Which bit of a whole number, or of a text of hexadecimal digits, the lowest being 0."""
    above: float | None = None
    below: float | None = None
    has: str | None = None
    """A text that the signal is, or that is in its list."""
    invert: bool = False

    def holds(self, signals: Mapping[str, object]) -> bool | None:
        """Tell whether it is on; None if the report does not say."""
        value = signals.get(self.signal)
        if value is None:
            return None
        found = self._read(value)
        return found if found is None else found is not self.invert

    def _read(self, value: object) -> bool | None:
        if self.has is not None:
            return self.has in value if isinstance(value, list | tuple) else self.has == value
        if self.bit is not None:
            whole = _whole(value)
            return None if whole is None else bool(whole >> self.bit & 1)
        if self.above is None and self.below is None:
            return _truth(value)
        number = _number(value)
        if number is None:
            return None
        return (self.above is None or number > self.above) and (
            self.below is None or number < self.below
        )

    def __str__(self) -> str:
        said = self.signal if self.bit is None else f"{self.signal} bit {self.bit}"
        for word, limit in (("above", self.above), ("below", self.below)):
            said += "" if limit is None else f" {word} {limit:g}"
        said += "" if self.has is None else f" has {self.has!r}"
        return f"not {said}" if self.invert else said


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one condition."""

    task: str
    """Which task it is a sign of; empty for the ignition."""
    condition: Condition
    value: object
    """What the report has there; None if nothing."""
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Told:
    """What the signals of a report tell."""

    findings: tuple[Finding, ...] = ()
    tasks: tuple[str, ...] | None = None
    """Names; None if not all is known that it takes."""
    working: bool | None = None
    """Whether anything is done at all, which may be known where `tasks` is not."""

    def added_to(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Give the fields of a report and this, where the device does not tell it itself."""
        if self.working is None:
            return fields
        more = {
            "tasks": None if self.tasks is None else list(self.tasks),
            "working": self.working,
        }
        return fields | {
            key: value
            for key, value in more.items()
            if value is not None and fields.get(key) is None
        }


NOTHING_TOLD = Told()


@dataclass(frozen=True, slots=True)
class DeviceType:
    """What the signals of devices of one type mean."""

    tasks: Mapping[str, Sequence[Condition]] = field(default_factory=dict)
    """By task, signs of which any one will do."""
    ignition: Condition | None = None
    """Off, nothing is done, whatever else is said."""

    def read(self, signals: Mapping[str, object]) -> Told:
        """Find the tasks of a report.

        A task is off only if every sign of it is known to be. While one task is not known,
        `tasks` are none: a set says of those that it lacks that they are not done.
        """
        findings: list[Finding] = []

        def found(task: str, condition: Condition) -> bool | None:
            holds = condition.holds(signals)
            findings.append(Finding(task, condition, signals.get(condition.signal), holds))
            return holds

        is_off = self.ignition is not None and found("", self.ignition) is False
        state = {
            task: _any([found(task, sign) for sign in signs]) for task, signs in self.tasks.items()
        }
        on = tuple(task for task in names_of(EVERY_TASK) if state.get(task))
        if is_off:
            return Told(tuple(findings), (), working=False)
        if None not in state.values():
            return Told(tuple(findings), on, working=bool(on))
        return Told(tuple(findings), None, working=True if on else None)


def types_of(told: "Mapping[str, DeviceTypeSettings]") -> dict[str, DeviceType]:
    """Make types by name of what the settings say of them."""
    return {
        name: DeviceType(
            {
                task: [Condition(**dict(sign)) for sign in signs]
                for task, signs in one.tasks.items()
            },
            None if one.ignition is None else Condition(**dict(one.ignition)),
        )
        for name, one in told.items()
    }


def flat(content: Mapping[str, object]) -> dict[str, object]:
    """Give the values of an object by their names, those of objects within it with a dot between.

    Of arrays, those of texts and numbers stay; elements of others are named by their place.
    """
    found: dict[str, object] = {}
    waiting: list[tuple[str, object]] = list(islice(content.items(), _MOST_SIGNALS))
    while waiting and len(found) < _MOST_SIGNALS:
        name, value = waiting.pop(0)
        if isinstance(value, dict):
            waiting += [(f"{name}.{key}", each) for key, each in value.items()]
        elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
            waiting += [(f"{name}.{number}", each) for number, each in enumerate(value)]
        elif value is not None:
            found[name] = value
    return found


def _any(signs: Sequence[bool | None]) -> bool | None:
    if True in signs:
        return True
    return None if None in signs else False


def _truth(value: object) -> bool | None:
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in _ON else False if word in _OFF else None
    if isinstance(value, bool | int | float):
        return bool(value) if value == value else None  # noqa: PLR0124 - NaN is not itself
    return bool(value) if isinstance(value, list) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if number == number else None  # noqa: PLR0124 - NaN is not itself


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        try:
            return int(value.strip()[:64], 16)
        except ValueError:
            return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return int(value) if isinstance(value, int) else None
