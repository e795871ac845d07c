"""What was decided about sections, kept up with what is done to them on the page."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from geofence.overrides.lines import length_m, middle_of
from geofence.overrides.overrides import Assign, Cut, Join, Overrides
from geofence.overrides.redrawing import Feature, line_of


def with_cut(overrides: Overrides, cut: Cut, halves: Iterable[Feature]) -> Overrides:
    """Add a cut; its halves are assigned as the whole was, if that was done by hand."""
    settled = _without(overrides, cut.inputs, cut.outputs)
    was_assigned = _assigned(overrides, cut.inputs)
    return replace(
        settled,
        cuts=(*settled.cuts, cut),
        assigns=(*settled.assigns, *(_state(half) for half in halves if was_assigned)),
    )


def with_join(overrides: Overrides, join: Join, whole: Feature) -> Overrides:
    """Add a join; what it makes is assigned as it is now, if a part of it was by hand."""
    settled = _without(overrides, join.inputs, join.outputs)
    was_assigned = _assigned(overrides, join.inputs)
    return replace(
        settled,
        joins=(*settled.joins, join),
        assigns=(*settled.assigns, *([_state(whole)] if was_assigned else [])),
    )


def without_cut(overrides: Overrides, cut: Cut, whole: Feature) -> Overrides:
    """Take a cut back, its halves being one again."""
    was_assigned = _assigned(overrides, cut.outputs)
    return replace(
        overrides,
        cuts=tuple(each for each in overrides.cuts if each != cut),
        assigns=(
            *_others(overrides.assigns, {*cut.outputs, cut.section}),
            *([_state(whole)] if was_assigned else []),
        ),
    )


def with_assigned(overrides: Overrides, features: Iterable[Feature]) -> Overrides:
    """Keep the state of sections that were assigned or named; what was decided before is gone."""
    states = {assign.section: assign for assign in map(_state, features)}
    before = {each.section: each for each in overrides.assigns}
    kept = [
        _renewed(each, states[each.section]) if each.section in states else each
        for each in overrides.assigns
    ]
    return replace(
        overrides, assigns=(*kept, *(states[each] for each in states if each not in before))
    )


def cut_that_made(overrides: Overrides, section_ids: Collection[str]) -> Cut | None:
    """Give the cut whose two halves these are."""
    wanted = set(section_ids)
    return next((each for each in overrides.cuts if set(each.outputs) == wanted), None)


def _state(feature: Feature) -> Assign:
    properties, line = feature["properties"], line_of(feature)
    return Assign(
        properties["id"].strip(),
        tuple(properties["grids"]),
        properties.get("name") or "",
        at=middle_of(line),
        length_m=round(length_m(line), 1),
    )


def _renewed(before: Assign, now: Assign) -> Assign:
    return replace(now, oneway=before.oneway, note=before.note)


def _assigned(overrides: Overrides, section_ids: Collection[str]) -> bool:
    return any(each.section in section_ids for each in overrides.assigns)


def _others(assigns: Iterable[Assign], section_ids: Collection[str]) -> list[Assign]:
    return [each for each in assigns if each.section not in section_ids]


def _without(overrides: Overrides, used_up: Collection[str], made: Collection[str]) -> Overrides:
    """Leave out what held for sections that are no more, and what had no effect so far.

    A cut of a section that is there cannot have been followed: the map has changed since.
    """
    return Overrides(
        tuple(each for each in overrides.cuts if each.section not in used_up),
        tuple(each for each in overrides.joins if not set(each.sections) & set(used_up)),
        tuple(_others(overrides.assigns, {*used_up, *made})),
    )
