"""A file of a city's own lines → a `StreetMap`, and every guess that was made on the way."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.noding.flat_lines import Floats
from geofence.streetmap.noding.noding import Sections, node
from geofence.streetmap.noding.segment_pairs import TooDenseError
from geofence.streetmap.street_map import StreetMap, Structure
from geofence.streetmap.vector.assembly import Table, street_map_of
from geofence.streetmap.vector.datum_guess import (
    Guess,
    by_fixes,
    by_streets,
    is_in_china,
    to_wgs84,
)
from geofence.streetmap.vector.field_values import Objects, structures, texts
from geofence.streetmap.vector.fields import Chosen, chosen_field, nameless, other_name_fields
from geofence.streetmap.vector.formats import opened
from geofence.streetmap.vector.layers import Features, read_layer
from geofence.streetmap.vector.line_parts import LineParts, line_parts
from geofence.streetmap.vector.notes import Notes
from geofence.streetmap.vector.reference_system import contradiction, placed
from geofence.streetmap.vector.text_encoding import decoded
from ingest.datum import Datum
from ingest.plain_text import plain

Progress = Callable[[str, int, int], None]
"""Told what is done next, how many steps are done, and of how many."""
_STEPS = ("reading", "placing", "cutting at junctions", "naming")
_HALF_DEG = 180.0
_STRUCTURE_FIELDS = ("bridge", "tunnel", "layer")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody says of a file; what nobody says is guessed."""

    layer: str | None = None
    name_field: str | None = None
    id_field: str | None = None
    oneway_field: str | None = None
    crs: str | None = None
    """Its reference system, such as ``EPSG:4547``, whatever the file says."""
    datum: Datum | None = None
    """Whether its degrees are shifted, as those of Chinese maps."""
    encoding: str | None = None
    """Of the texts of a Shapefile."""


@dataclass(frozen=True, slots=True, eq=False)
class VectorReading:
    """A map, and what was taken for granted to read it."""

    streets: StreetMap
    notes: Notes


def read_vector_file(
    path: Path,
    wishes: Wishes | None = None,
    *,
    reference: StreetMap | None = None,
    fixes: Floats | None = None,
    progress: Progress | None = None,
) -> VectorReading:
    """Read a Shapefile, GeoPackage, FlatGeobuf, KML or GeoJSON, or an archive of one.

    Parameters
    ----------
    reference
        Streets in WGS 84 that tell in which datum the lines are.
    fixes
        (n, 2) longitudes and latitudes of the fleet in WGS 84 that tell it too.

    Raises
    ------
    StreetMapError
        If the file cannot be read as lines on earth; says how to export it again.
    """
    wishes = wishes or Wishes()
    notes = Notes()
    say = progress or (lambda *_: None)
    say(_STEPS[0], 0, len(_STEPS))
    with opened(path) as (inner, drivers):
        features = read_layer(inner, path, drivers, wishes.layer)
        notes.told.append(f"layer: {features.layer}, {len(features.numbers)} features")
        is_cut: tuple[bool, ...] = (False,) * len(features.fields)
        if drivers == ("ESRI Shapefile",):
            features, is_cut = _in_unicode(inner, path, features, wishes.encoding, notes)
        elif wishes.encoding is not None:
            notes.warnings.append("an encoding counts for Shapefiles only; this is in UTF-8")
    parts = _lines(path, features, notes)
    table = _table(path, features, is_cut, wishes, notes)
    say(_STEPS[1], 1, len(_STEPS))
    system = wishes.crs or features.system
    place = placed(path, parts.spots, system, is_chosen=wishes.crs is not None)
    notes.told.append(f"reference system: {place.told}")
    if place.warning:
        notes.warnings.append(place.warning)
    if wishes.crs is not None and features.system is not None:
        other = contradiction(parts.spots, features.system, wishes.crs)
        notes.warnings.extend([other] if other else [])
    datum = wishes.datum
    if datum is None:
        datum = _datum(place.spots, parts, reference, fixes, notes)
    else:
        notes.told.append(f"datum: {datum} (as you say)")
    say(_STEPS[2], 2, len(_STEPS))
    of_feature = structures(
        len(features.numbers), *(table.column(role) for role in _STRUCTURE_FIELDS)
    )
    structure = of_feature[parts.feature]
    sections = _sections(path, to_wgs84(place.spots, datum), parts, structure)
    _tell_cuts(sections, table, notes)
    say(_STEPS[3], 3, len(_STEPS))
    feature = parts.feature[sections.line]
    streets = street_map_of(table, sections, feature, structure[sections.line], notes)
    say(_STEPS[3], len(_STEPS), len(_STEPS))
    # names of layers, fields and classes stand in them
    return VectorReading(streets, Notes([*map(plain, notes.told)], [*map(plain, notes.warnings)]))


def _in_unicode(
    inner: Path, path: Path, features: Features, encoding: str | None, notes: Notes
) -> tuple[Features, tuple[bool, ...]]:
    """Decode the texts of a Shapefile."""
    is_text = [_is_text(column) for column in features.columns]
    different = {
        text
        for column, wanted in zip(features.columns, is_text, strict=True)
        if wanted
        for text in set(column.tolist())
        if text is not None
    }
    reading = decoded(inner, path, features.fields, different, encoding)
    known = {text: reading.decode(text) for text in different}
    columns = tuple(
        np.array([None if text is None else known[text] for text in column.tolist()], dtype=object)
        if wanted
        else column
        for column, wanted in zip(features.columns, is_text, strict=True)
    )
    source = "as you say" if encoding else "guessed"
    if not encoding and reading.declared == reading.encoding:
        source = "as the file says"
    notes.told.append(f"encoding: {reading.encoding} ({source})")
    if reading.encoding != "ASCII" and reading.declared not in (None, reading.encoding):
        notes.warnings.append(
            f"the file says {reading.declared}, but its texts are {reading.encoding}; if names "
            "look wrong, name the encoding with --encoding"
        )
    if reading.cut:
        notes.warnings.append(
            f"{reading.cut} names of fields or texts were cut in the middle of a character, as a "
            "Shapefile has no room for more; export as GeoPackage to have them whole"
        )
    if reading.unread:
        notes.warnings.append(
            f"{reading.unread} texts are no {reading.encoding}; � stands for what is not"
        )
    return replace(features, fields=reading.names, columns=columns), reading.is_cut


def _is_text(column: Objects) -> bool:
    return any(isinstance(value, str) for value in column[:1000].tolist()) or any(
        isinstance(value, str) for value in column.tolist()
    )


def _lines(path: Path, features: Features, notes: Notes) -> LineParts:
    parts = line_parts(features.shapes)
    left_out = ", ".join(f"{count} {what}" for what, count in parts.dropped.items())
    if len(parts.feature) == 0:
        what = left_out or "no feature at all"
        raise StreetMapError(
            f"{path}: layer {features.layer} has no line but {what}; export the middle "
            "lines of the streets"
        )
    if left_out:
        notes.told.append(f"left out: features {left_out}")
    several = int((np.bincount(parts.feature) > 1).sum())
    if several:
        notes.told.append(f"parts: {several} features have several lines, each its own section")
    return parts


def _table(
    path: Path, features: Features, is_cut: tuple[bool, ...], wishes: Wishes, notes: Notes
) -> Table:
    named = {"name": wishes.name_field, "id": wishes.id_field, "oneway": wishes.oneway_field}
    chosen: dict[str, Chosen | None] = {}
    for role in (*named, *_STRUCTURE_FIELDS, "class"):
        found = chosen_field(path, features.fields, is_cut, role, named.get(role))
        if found is not None and found.is_guess and not any(texts(features.columns[found.column])):
            found = None
        chosen[role] = found
        if found is not None:
            how = "guessed" if found.is_guess else "as you say"
            notes.told.append(f"{role} field: {features.fields[found.column]} ({how})")
        elif role in named:
            there = ", ".join(features.fields) or "no field at all"
            notes.told.append(f"{role} field: none; there is {there}")
    main = chosen["name"]
    others = other_name_fields(features.fields, None if main is None else main.column)
    if others:
        fields = ", ".join(features.fields[column] for column in others)
        notes.told.append(f"further names: {fields}")
    elif main is None:
        notes.warnings.append(nameless(features.fields))
    return Table(features.numbers, features.columns, chosen, tuple(others))


def _datum(
    spots: Floats, parts: LineParts, reference: StreetMap | None, fixes: Floats | None, notes: Notes
) -> Datum:
    """Find out in which datum lines are, by all that is known to be true."""
    if not is_in_china(spots):
        notes.told.append(f"datum: {Datum.WGS84} (no map is shifted there)")
        return Datum.WGS84
    guesses: list[tuple[str, Guess]] = []
    if reference is not None:
        owner = np.repeat(np.arange(reference.section_count), np.diff(reference.first_vertex))
        guesses.append(("map", by_streets(spots, parts.owner, reference.coordinates, owner)))
    if fixes is not None:
        guesses.append(("fleet", by_fixes(spots, parts.owner, fixes)))
    sure = [(by, guess) for by, guess in guesses if guess.is_sure]
    if len({guess.datum for _, guess in sure}) > 1:
        told = "; ".join(f"by the {by} {guess.datum} ({guess.evidence})" for by, guess in sure)
        notes.warnings.append(f"map and fleet disagree on the datum: {told}; say it with --datum")
    if sure:
        by, guess = sure[0]
        notes.told.append(f"datum: {guess.datum} (found by the {by}: {guess.evidence})")
        return guess.datum
    notes.told.append(f"datum: {Datum.WGS84} (assumed)")
    reasons = [
        f"the {by} does not tell ({guess.evidence or 'nothing to compare'})"
        for by, guess in guesses
    ]
    notes.warnings.append(
        "maps of China are often in GCJ-02 or BD-09, some 500 m off, and call themselves WGS 84; "
        f"{'; '.join(reasons) or 'nothing was given to find it out by'}; WGS 84 is assumed: say it "
        "with --datum, or give an extract or fixes to compare with"
    )
    return Datum.WGS84


def _sections(path: Path, spots: Floats, parts: LineParts, structure: NDArray[np.int8]) -> Sections:
    """Cut lines at junctions, also in a town across 180 degrees."""
    is_across = bool(np.ptp(spots[:, 0]) > _HALF_DEG)
    if is_across:
        spots = spots + np.where(spots[:, :1] < 0.0, (2.0 * _HALF_DEG, 0.0), 0.0)
    try:
        sections = node(spots, parts.owner, structure == Structure.GROUND)
    except TooDenseError as error:
        raise StreetMapError(
            f"{path}: {error}, as of recorded tracks; export the middle lines of the streets, each "
            "once"
        ) from error
    if is_across:
        sections.spots[sections.spots[:, 0] > _HALF_DEG, 0] -= 2.0 * _HALF_DEG
    return sections


def _tell_cuts(sections: Sections, table: Table, notes: Notes) -> None:
    notes.told.append(
        f"junctions: {len(np.unique(sections.ends))}; lines cut in {sections.cuts} places, "
        f"{sections.gaps} ends led on to a line within 0.5 m, {sections.overshoots} rests of at "
        "most 0.5 m behind a line dropped"
    )
    if sections.degenerate:
        notes.told.append(f"left out: {sections.degenerate} lines of a single place")
    fields = [table.chosen[role] for role in _STRUCTURE_FIELDS]
    if sections.cuts and not any(fields):
        notes.warnings.append(
            "no field tells bridges or tunnels, so lines are cut wherever they cross: a truck can "
            "turn there; look at crossings of viaducts"
        )
