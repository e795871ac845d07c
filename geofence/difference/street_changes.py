"""What became of the streets of each grid."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from geofence.difference.change import Change, ChangeKind
from geofence.difference.drawn_change import DrawnChange, Role
from geofence.difference.street_lines import SAME_PLACE_M, StreetLines, parts_of

LEAST_M = 1.0
"""What is shorter is no change of a length."""
AS_LONG_M = 10.0
AS_LONG_SHARE = 0.03
"""Two lines are as long as each other if they differ by less than one of these."""
HANDED_OVER_SHARE = 0.5
"""So much of a street must lie where it lay to be the one that another grid had."""
Key = tuple[str, str]
"""A grid's id and the name of a street."""
Streets = Mapping[Key, StreetLines]


@dataclass(slots=True)
class StreetChanges:
    """Changes of streets, and the lines that show them."""

    changes: list[Change] = field(default_factory=list)
    drawn: list[DrawnChange] = field(default_factory=list)

    def draw(self, role: Role, key: Key, street: StreetLines | BaseGeometry) -> None:
        """Note what became of a street, or of a part of it."""
        lines = street.lines if isinstance(street, StreetLines) else parts_of(street)
        self.drawn += [DrawnChange(role, *key, line) for line in lines]

    def say(self, kind: ChangeKind, key: Key, **values: object) -> None:
        """Note a change of a street."""
        self.changes.append(Change(kind, grid_id=key[0], subject=key[1], **values))  # type: ignore[arg-type]


def compare_streets(old: Streets, new: Streets) -> StreetChanges:
    """Tell what became of the streets of grids."""
    found = StreetChanges()
    gone = {key: street for key, street in old.items() if key not in new}
    fresh = {key: street for key, street in new.items() if key not in old}
    for find in (_handed_over, _renamed):
        for before, after in list(find(gone, fresh)):
            was, now = gone.pop(before), fresh.pop(after)
            _say_other_owner(found, (before, was), (after, now))
    for key, street in gone.items():
        found.say(ChangeKind.STREET_GONE, key, lost_m=street.length_m)
        found.draw(Role.GONE, key, street)
    for key, street in fresh.items():
        found.say(ChangeKind.STREET_NEW, key, gained_m=street.length_m)
        found.draw(Role.NEW, key, street)
    for key in sorted(old.keys() & new.keys()):
        _compare(found, key, old[key], new[key])
    return found


def _compare(found: StreetChanges, key: Key, before: StreetLines, after: StreetLines) -> None:
    """Tell what became of a street that is there as before."""
    if before.sign == after.sign:
        found.draw(Role.SAME, key, after)
        return
    lost, gained = before.beyond(after), after.beyond(before)
    lost_m, gained_m = float(lost.length), float(gained.length)
    longer_m = after.length_m - before.length_m
    is_as_long = abs(longer_m) <= max(AS_LONG_M, AS_LONG_SHARE * before.length_m)
    if max(lost_m, gained_m) < LEAST_M:
        _compare_same_metres(found, key, before, after, longer_m=0.0 if is_as_long else longer_m)
    elif is_as_long and min(lost_m, gained_m) >= LEAST_M:
        metres = {"gained_m": gained_m, "lost_m": lost_m}
        found.say(ChangeKind.STREET_MOVED, key, **metres, moved_m=before.moved_m(after))
        found.draw(Role.MOVED_FROM, key, before)
        found.draw(Role.MOVED, key, after)
    else:
        found.say(ChangeKind.STREET_LENGTH, key, gained_m=gained_m, lost_m=lost_m)
        found.draw(Role.GONE, key, lost)
        found.draw(Role.SAME, key, after.geometry.difference(gained.buffer(0.01)))
        found.draw(Role.NEW, key, gained)


def _compare_same_metres(
    found: StreetChanges, key: Key, before: StreetLines, after: StreetLines, longer_m: float
) -> None:
    """Tell what became of a street that lies where it lay."""
    if longer_m:  # there are two lines where there was one, or the other way
        metres = {"gained_m": max(longer_m, 0.0), "lost_m": max(-longer_m, 0.0)}
        found.say(ChangeKind.STREET_LENGTH, key, **metres)
        found.draw(Role.OTHERWISE, key, after)
    elif not before.flows_like(after):
        found.say(ChangeKind.STREET_ONEWAY, key)
        found.draw(Role.OTHERWISE, key, after)
    else:
        found.say(ChangeKind.STREET_SECTIONS, key)
        found.draw(Role.SAME, key, after)


def _say_other_owner(
    found: StreetChanges, was: tuple[Key, StreetLines], now: tuple[Key, StreetLines]
) -> None:
    """Tell of a street that lies where it lay and has another grid or another name."""
    (before, street), (after, drawn) = was, now
    metres = {"gained_m": drawn.length_m, "lost_m": street.length_m}
    if before[0] != after[0]:
        values = {"before": (before[0],), "after": (after[0],)}
        for key in (before, after):  # whoever gives it and whoever takes it
            found.say(ChangeKind.STREET_HANDED_OVER, key, **values, **metres)
    else:
        values = {"before": (before[1],), "after": (after[1],)}
        found.say(ChangeKind.STREET_RENAMED, after, **values, **metres)
    found.draw(Role.OTHERWISE, after, drawn)


def _handed_over(gone: Streets, fresh: Streets) -> Iterator[tuple[Key, Key]]:
    """Find streets that another grid has now, under their name and where they lay."""
    gone_of, fresh_of = _by_name(gone), _by_name(fresh)
    for name, keys in gone_of.items():
        others = fresh_of.get(name, [])
        near = STRtree([fresh[other].geometry for other in others]).query(
            [gone[key].geometry for key in keys], predicate="dwithin", distance=SAME_PLACE_M
        )  # a map of thousands of grids may have an unnamed street in each
        taken: set[int] = set()
        told: set[int] = set()
        for number, place in sorted(zip(*near.tolist(), strict=True)):
            if number in told or place in taken:
                continue
            if _is_mostly(gone[keys[number]], fresh[others[place]]):
                told.add(number)
                taken.add(place)
                yield keys[number], others[place]


def _by_name(streets: Streets) -> Mapping[str, list[Key]]:
    found: defaultdict[str, list[Key]] = defaultdict(list)
    for key in streets:
        found[key[1]].append(key)
    return found


def _renamed(gone: Streets, fresh: Streets) -> Iterator[tuple[Key, Key]]:
    """Find streets of a grid that are drawn as before under another name."""
    by_sign = {(key[0], street.sign): key for key, street in fresh.items()}
    for key, street in gone.items():
        if (other := by_sign.pop((key[0], street.sign), None)) is not None:
            yield key, other


def _is_mostly(street: StreetLines, other: StreetLines) -> bool:
    if street.sign == other.sign:
        return True
    return street.beyond(other).length <= (1.0 - HANDED_OVER_SHARE) * street.length_m
