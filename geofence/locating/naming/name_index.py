"""The names of a map, found by any spelling: the tightest one that fits decides."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from geofence.locating.naming.likeness import Likeness
from geofence.locating.naming.pinyin import readings, romanised, usual_reading
from geofence.locating.naming.spelling import (
    fold,
    has_accents,
    has_han,
    has_word,
    is_word_only,
    simplify,
    without_particles,
    without_word,
    written_out,
)
from geofence.locating.naming.street_words import PARTICLES
from geofence.locating.resolution import Match
from geofence.streetmap.street_map import Names

SURE = (Match.EXACT, Match.NORMALISED, Match.TRADITIONAL, Match.ABBREVIATION, Match.PARTICLES)
"""Matches of a whole name."""
Keys = dict[str, dict[int, bool]]
"""Key → numbers of names, and whether it is a spelling of the main one."""


@dataclass(frozen=True, slots=True)
class Found:
    """Names that a mention fits equally well."""

    match: Match
    numbers: tuple[int, ...]
    """Of names that are spelled alike but for case, accents, width and traditional characters."""
    exact: tuple[int, ...]
    """Those of `numbers` that fit best."""
    rivals: tuple[str, ...] = ()
    """Other main names that fit as well: if there are any, the mention is ambiguous."""


class NameIndex:
    """Finds numbers of names by how they are spelled."""

    def __init__(self, names: Sequence[Names]) -> None:
        self._names = names
        spelled = [(number, name) for number, each in enumerate(names) for name in _all(each)]
        self._numbers = [number for number, _ in spelled]
        self._raw = [name.strip() for _, name in spelled]
        self._is_main = [name == names[number].main for number, name in spelled]

    @cached_property
    def _folded(self) -> list[str]:
        return [fold(name) for name in self._raw]

    @cached_property
    def _simplified(self) -> list[str]:
        return simplify(self._folded)

    @cached_property
    def _written(self) -> list[frozenset[str]]:
        return [written_out(name) for name in self._simplified]

    @cached_property
    def _exact_keys(self) -> Keys:
        return self._keys([name] for name in self._raw)

    @cached_property
    def _folded_keys(self) -> Keys:
        return self._keys([name] for name in self._folded)

    @cached_property
    def _simplified_keys(self) -> Keys:
        return self._keys([name] for name in self._simplified)

    @cached_property
    def _written_keys(self) -> Keys:
        return self._keys(self._written)

    @cached_property
    def _particle_keys(self) -> Keys:
        return self._keys(without_particles(each) for each in self._written)

    @cached_property
    def _wordless_keys(self) -> Keys:
        return self._keys(without_word(each) for each in self._written)

    @cached_property
    def _without_a_word_keys(self) -> Keys:
        return self._keys(
            () if has_word(each) else without_particles(each) for each in self._written
        )

    @cached_property
    def _sound_keys(self) -> Keys:
        return self._keys(readings(name) if has_han(name) else () for name in self._simplified)

    @cached_property
    def _latin_keys(self) -> Keys:
        return self._keys(() if has_han(name) else romanised(name) for name in self._raw)

    @cached_property
    def _likeness(self) -> Likeness:
        return Likeness(self._raw)

    @cached_property
    def _sound_likeness(self) -> Likeness:
        names = [name for name in self._raw if has_han(name)]
        return Likeness(names, [usual_reading(name) for name in simplify(names)])

    def _keys(self, of_each: Iterable[Iterable[str]]) -> Keys:
        found: Keys = defaultdict(dict)
        for number, is_main, keys in zip(self._numbers, self._is_main, of_each, strict=True):
            for key in keys:
                if key:
                    found[key][number] = found[key].get(number, False) or is_main
        return dict(found)

    @lru_cache(maxsize=1 << 16)  # noqa: B019 - an index lives as long as the map it is of
    def find(self, mention: str, *, loosely: bool = True) -> Found | None:
        """Find the names that a mention fits, by the tightest spelling; None if there are none.

        Without `loosely`, a name without its street word and pinyin do not count.
        """
        raw = mention.strip()
        folded = fold(raw)
        simplified = simplify([folded])[0]
        written = written_out(simplified)
        if not folded or (is_word_only(written) and raw not in self._exact_keys):
            return None
        plain = without_particles(written)
        for match, keys, wanted in (
            (Match.EXACT, "_exact_keys", (raw,)),
            (Match.NORMALISED, "_folded_keys", (folded,)),
            (Match.TRADITIONAL, "_simplified_keys", (simplified,)),
            (Match.ABBREVIATION, "_written_keys", written),
            (Match.PARTICLES, "_particle_keys", plain),
        ):
            hits = _looked_up(getattr(self, keys), wanted)
            if match is Match.EXACT and hits and not has_accents(raw):
                # who writes no accents may mean the name that has them
                hits |= _looked_up(self._folded_keys, (folded,))
            found = self._found(match, hits)
            if found:
                return self._guarded(found, simplified, plain)
        return self._find_loosely(raw, written, plain) if loosely else None

    def _find_loosely(
        self, raw: str, written: frozenset[str], plain: frozenset[str]
    ) -> Found | None:
        if has_word(written):
            hits = _looked_up(self._without_a_word_keys, without_word(written))
        else:
            hits = _looked_up(self._wordless_keys, plain)
        found = self._found(Match.WORDLESS, hits)
        if found:
            return found
        if has_han(raw):
            hits = _looked_up(self._latin_keys, readings(simplify([raw])[0]))
        else:
            hits = _looked_up(self._sound_keys, romanised(raw))
        return self._found(Match.PINYIN, hits)

    def _found(self, match: Match, hits: dict[int, bool]) -> Found | None:
        """Tell names that are written in ways of one name from rivals."""
        if not hits:
            return None
        is_main = any(hits.values())
        best = sorted(number for number, main in hits.items() if main or not is_main)
        one_name = all(self._is_alike(best[0], number) for number in best[1:])
        if one_name:
            alike = self._alike(best[0]) if is_main else set()
            return Found(match, tuple(sorted({*best, *alike})), tuple(best))
        if is_main or match not in {Match.EXACT, Match.NORMALISED, Match.TRADITIONAL}:
            return Found(match, (), (), self._mains(best))
        return Found(match, tuple(best), tuple(best))  # several streets bear it beside their own

    def _guarded(self, found: Found, simplified: str, plain: frozenset[str]) -> Found:
        """Refuse a mention that may be another street's name with a small word left out."""
        if found.match in {Match.EXACT, Match.PARTICLES} or not found.numbers:
            return found
        said = _particle_count(simplified)
        rivals = [
            number
            for number, is_main in _looked_up(self._particle_keys, plain).items()
            if is_main
            and number not in found.numbers
            and _particle_count(self._simplified[self._main_at[number]]) > said
        ]
        if not rivals:
            return found
        return Found(found.match, (), (), self._mains([*found.exact, *rivals]))

    @cached_property
    def _main_at(self) -> dict[int, int]:
        """Where the main spelling of each name stands among all spellings."""
        return {
            number: at
            for at, (number, is_main) in enumerate(zip(self._numbers, self._is_main, strict=True))
            if is_main
        }

    def _main_written(self, number: int) -> frozenset[str]:
        return self._written[self._main_at[number]]

    def _is_alike(self, one: int, other: int) -> bool:
        return not self._main_written(one).isdisjoint(self._main_written(other))

    def _alike(self, number: int) -> set[int]:
        """Give the names whose main spelling may be this one's, itself among them."""
        hits = _looked_up(self._written_keys, self._main_written(number))
        return {other for other, is_main in hits.items() if is_main}

    def _mains(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._names[number].main for number in sorted(numbers)))

    def suggestions(self, mention: str, most: int = 3) -> tuple[str, ...]:
        """Give names that may have been meant: of its core or sound first, then the likest."""
        simplified = simplify([fold(mention)])[0]
        if not simplified:
            return ()
        written = written_out(simplified)
        core = without_word(written) or without_particles(written)
        hits = {**_looked_up(self._wordless_keys, core), **_looked_up(self._particle_keys, core)}
        if has_han(simplified):
            hits |= _looked_up(self._sound_keys, readings(simplified))
        first = self._mains(hits)
        likest = self._likeness.nearest(mention, most)
        if not has_han(simplified):
            likest += self._sound_likeness.nearest(romanised(mention)[-1], most)
        return tuple(dict.fromkeys([*first, *likest]))[:most]


def _all(names: Names) -> tuple[str, ...]:
    return tuple(dict.fromkeys((names.main, *names.others)))


def _looked_up(keys: Keys, wanted: Iterable[str]) -> dict[int, bool]:
    found: dict[int, bool] = {}
    for key in wanted:
        for number, is_main in keys.get(key, {}).items():
            found[number] = found.get(number, False) or is_main
    return found


def _particle_count(folded: str) -> int:
    return sum(word in PARTICLES for word in folded.split())
