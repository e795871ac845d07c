"""Tasks of sections, which people write into streets.geojson, kept when a map draws it anew.

A street keeps them by its name: where all its sections had the same, those drawn now have them too,
however they are cut; where they differed, each takes those of the one that ran where it runs. A
street by another name is found by id and place. What is found nowhere is told.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from geofence.overrides.lines import FARTHEST_M, middle_of, nearest_spot
from geofence.overrides.map_sections import MapSections
from geofence.overrides.overrides import Unused
from geofence.overrides.redrawing import Feature, line_of
from geofence.plan.plan import street_name

_GONE = "the map has no such street any more; write the tasks to the sections that stand for it"


def keep_tasks(
    drawn: Sequence[Feature], before: Iterable[Mapping[str, Any]]
) -> tuple[list[Feature], list[Unused]]:
    """Give what was drawn with the tasks that sections had before, and those that found no place.

    Parameters
    ----------
    before
        Features of the streets.geojson that is to be written over, sound or not.
    """
    old = [feature for feature in before if _is_section(feature)]
    if not any(_tasks(feature) for feature in old):
        return list(drawn), []
    streets: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, feature in enumerate(old):
        for street in _streets(feature):
            streets[street].append(number)
    tasks: dict[str, Sequence[str]] = {}
    taken: set[int] = set()
    for feature in drawn:
        known = sorted({number for street in _streets(feature) for number in streets[street]})
        if found := _of_one_street(feature, known, old):
            taken.update(found)
            tasks[feature["properties"]["id"]] = _tasks(old[found[0]])
    sections, unused = MapSections(drawn), []
    for number, feature in enumerate(old):
        if number in taken or not _tasks(feature):
            continue
        was = str(feature["properties"].get("id"))
        found_id = sections.find(was, middle_of(line_of(feature)))
        if found_id is None or tasks.get(found_id, _tasks(feature)) != _tasks(feature):
            told = f"{', '.join(_tasks(feature))}: {_GONE}"
            unused.append(Unused("tasks", was, told, file="streets.geojson"))
        else:
            tasks[found_id] = _tasks(feature)
    return [_with(feature, tasks.get(feature["properties"]["id"], ())) for feature in drawn], unused


def _of_one_street(feature: Feature, known: Sequence[int], old: Sequence[Feature]) -> list[int]:
    """Give which of the sections of its street before it takes the tasks of."""
    said = {tuple(_tasks(old[number])) for number in known}
    if len(said) < 2:  # as most are; or a street that is new
        return list(known)
    middle = middle_of(line_of(feature))
    away_m = {number: nearest_spot(line_of(old[number]), middle).away_m for number in known}
    nearest = min(known, key=lambda number: (away_m[number], number))
    return [nearest] if away_m[nearest] <= FARTHEST_M else []


def _streets(feature: Feature) -> list[tuple[str, str]]:
    properties = feature["properties"]
    return [(grid, street_name(properties["name"])) for grid in properties["grids"]]


def _tasks(feature: Feature) -> Sequence[str]:
    """Give what it says of tasks, as it stands: whoever reads the plan tells what is wrong."""
    tasks = feature["properties"].get("tasks")
    if not isinstance(tasks, list):
        return ()
    return [task for task in tasks if isinstance(task, str)]


def _is_section(feature: Mapping[str, Any]) -> bool:
    """Tell whether a feature can be a section; of a file of another hand it may be anything."""
    try:
        properties = feature["properties"]
        line = feature["geometry"]["coordinates"]
        return (
            feature["geometry"]["type"] == "LineString"
            and len(line) > 1
            and all(len(place) > 1 and float(place[0]) == place[0] for place in line)
            and isinstance(properties["name"], str)
            and all(isinstance(grid, str) for grid in properties["grids"])
        )
    except (KeyError, TypeError, ValueError, IndexError):
        return False


def _with(feature: Feature, tasks: Sequence[str]) -> Feature:
    if not tasks:
        return feature
    return {**feature, "properties": {**feature["properties"], "tasks": list(tasks)}}
