"""Decisions applied to the sections of a map; none that fits no more is dropped in silence."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from geofence.overrides.lines import LineError, length_m
from geofence.overrides.map_sections import MapSections
from geofence.overrides.overrides import Assign, Cut, Join, Overrides, Position, Unused
from geofence.overrides.redrawing import (
    Feature,
    assign_feature,
    cut_feature,
    join_features,
    line_of,
)
from geofence.plan.table import KnownNames

LEAST_CHANGE_M = 10.0
CHANGED_SHARE = 0.25
"""A section that is longer or shorter by this and more is another stretch, which is told."""
_GONE = "take the entry out, or decide again in `pingcheng plan edit`"


def apply(
    features: Iterable[Feature],
    overrides: Overrides,
    *,
    grid_ids: Collection[str] | None = None,
) -> tuple[list[Feature], list[Unused]]:
    """Cut and join the sections, then assign those that result.

    A cut or join waits for what another one makes, so a half may be cut again, and a half may be
    joined with a neighbour; their order in the file does not matter. What results stands where its
    first part stood. Features that nothing was decided about are given back as they are. A section
    whose id another stretch of its way bears by now is found by where it was.

    Parameters
    ----------
    grid_ids
        The grids that the plan has, if that is known: others are left out, and told.
    """
    sections = MapSections(features)
    unused = _redraw(sections, overrides)
    known = None if grid_ids is None else KnownNames(grid_ids)
    for place, assign in enumerate(overrides.assigns):
        entry = f"assign[{place}]"
        found = sections.find(assign.section, assign.at)
        if found is None:
            reason = _absence(sections, [(assign.section, assign.at)])
            unused.append(Unused(entry, assign.section, reason))
            continue
        feature, kept = sections.feature(found), assign
        if reason := _otherwise_long(feature, assign):
            unused.append(Unused(entry, assign.section, reason))
        if known is not None:
            absent = [grid_id for grid_id in assign.grids if grid_id not in known]
            unused += [
                Unused(
                    entry, assign.section,
                    f"the plan has no grid {grid_id}{known.nearest(grid_id)}; name another one",
                )
                for grid_id in absent
            ]  # fmt: skip
            kept = replace(assign, grids=tuple(each for each in assign.grids if each in known))
        sections.replace(found, [assign_feature(feature, kept)])
    return sections.all(), unused


def _redraw(sections: MapSections, overrides: Overrides) -> list[Unused]:
    """Cut and join, each as soon as its sections are there; give what could not be done."""
    entries: list[tuple[str, Cut | Join]] = [
        *((f"cut[{place}]", cut) for place, cut in enumerate(overrides.cuts)),
        *((f"join[{place}]", join) for place, join in enumerate(overrides.joins)),
    ]
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for number, (_, decision) in enumerate(entries):
        for section_id in decision.inputs:
            waiting[section_id].append(number)
    reasons: dict[int, str] = {}
    left = dict.fromkeys(range(len(entries)))
    ready = deque(left)
    while ready:
        number = ready.popleft()
        decision = entries[number][1]
        found = _found(sections, decision) if number in left else None
        if found is None:
            continue
        del left[number]
        reason = _redraw_one(sections, decision, found)
        if reason:
            reasons[number] = reason
        else:
            ready.extend(each for made in decision.outputs for each in waiting[made])
    for number in left:
        reasons[number] = _absence(sections, _places(entries[number][1]))
    return [
        Unused(entry, ", ".join(decision.inputs), reasons[number])
        for number, (entry, decision) in enumerate(entries)
        if number in reasons
    ]


def _redraw_one(sections: MapSections, decision: Cut | Join, found: Sequence[str]) -> str:
    """Cut or join; say why not, if it could not be done."""
    taken = [made for made in decision.outputs if made in sections]
    if taken:
        return f"the map has a section {taken[0]} already; {_GONE}"
    features = [sections.feature(each) for each in found]
    try:
        made: Sequence[Feature] = (
            cut_feature(features[0], decision)
            if isinstance(decision, Cut)
            else [join_features(features, decision)]
        )
    except LineError as error:
        return f"{error}; {_GONE}"
    first, *others = found
    sections.replace(first, made)
    for other in others:
        sections.replace(other, [])
    return ""


def _found(sections: MapSections, decision: Cut | Join) -> list[str] | None:
    """Give the ids that its sections have in the map; None unless all are there."""
    found = [sections.find(section_id, at) for section_id, at in _places(decision)]
    known = [each for each in found if each is not None]
    return known if len(set(known)) == len(found) else None


def _places(decision: Cut | Join) -> list[tuple[str, Position | None]]:
    """Give the sections of a decision, and where they were."""
    if isinstance(decision, Cut):
        return [(decision.section, decision.at)]
    places = decision.at or [None] * len(decision.sections)
    return list(zip(decision.sections, places, strict=True))


def _absence(sections: MapSections, places: Sequence[tuple[str, Position | None]]) -> str:
    """Say which sections are not where they were."""
    gone = [section_id for section_id, _ in places if section_id not in sections]
    if gone:
        return f"the map has no section {', '.join(gone)}; {_GONE}"
    away = [
        f"{section_id} is {sections.away_m(section_id, at):,.0f} m from where that was decided"
        for section_id, at in places
        if at is not None and sections.find(section_id, at) is None
    ]
    return f"{', '.join(away) or 'two of them are one section'}; {_GONE}"


def _otherwise_long(feature: Feature, assign: Assign) -> str:
    """Say if a section is another stretch than it was; empty if it is as long as ever."""
    if assign.length_m is None:
        return ""
    now_m = length_m(line_of(feature))
    if abs(now_m - assign.length_m) <= max(LEAST_CHANGE_M, CHANGED_SHARE * assign.length_m):
        return ""
    return (
        f"it holds for {feature['properties']['id']}, which is {now_m:,.0f} m long now and was "
        f"{assign.length_m:,.0f} m: look at what lies beside it in `pingcheng plan edit`"
    )
