"""One spelling of each street: names that differ by their Unicode form alone are one name.

A map writes （ where another writes (, a no-break space or two spaces where another has one. To a
reader that is one name, and judged as two the street would fall into halves. Names in the composed
form (NFC) are read so from the start; these differ by NFKC, and only where a grid has both they
become one: what is consistent stays as it is written.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from geofence.plan.plan import Grid, Section


def form_of(name: str) -> str:
    """Give what names that are one have in common."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def with_one_spelling(
    grids: Sequence[Grid], sections: Sequence[Section]
) -> tuple[tuple[Section, ...], Mapping[str, str]]:
    """Give the sections of a plan, each street under one name, and the names that gave way.

    The name that grids list stands, else the most frequent, of equals the first in order. Where
    grids list several, nothing is changed: each knows its own.
    """
    chosen = dict(_chosen(grids, sections))
    if not chosen:
        return tuple(sections), chosen
    renamed = (
        replace(
            section,
            name=chosen[section.name],
            written_name=section.written_name or section.name,
        )
        if section.name in chosen
        else section
        for section in sections
    )
    return tuple(renamed), chosen


def _chosen(grids: Sequence[Grid], sections: Sequence[Section]) -> Iterator[tuple[str, str]]:
    """Give each name that gives way with the one that stands for it."""
    several = _in_several_spellings(grids, sections)
    if not several:
        return
    form = {name: shared for shared, found in several.items() for name in found}
    in_grid: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    listed: defaultdict[str, set[str]] = defaultdict(set)
    drawn: Counter[str] = Counter()
    for grid in grids:
        for street in form.keys() & grid.streets:
            in_grid[grid.id, form[street]].add(street)
            listed[form[street]].add(street)
    for section in sections:
        if section.name in form:
            drawn[section.name] += 1
            for grid_id in section.grids:
                in_grid[grid_id, form[section.name]].add(section.name)
    for shared in sorted({shared for (_, shared), found in in_grid.items() if len(found) > 1}):
        if len(listed[shared]) <= 1:
            stands = min(listed[shared] or several[shared], key=lambda name: (-drawn[name], name))
            yield from ((name, stands) for name in sorted(several[shared] - {stands}))


def _in_several_spellings(
    grids: Sequence[Grid], sections: Sequence[Section]
) -> Mapping[str, set[str]]:
    """Give the names of a plan that share their form with another, by that form."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for name in {section.name for section in sections}.union(*(grid.streets for grid in grids)):
        names[form_of(name)].add(name)
    return {form: found for form, found in names.items() if len(found) > 1}
