"""The command ``pingcheng plan locate``: the streets of a plan found on a map, and drawn."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from geofence.commands.console import fail, progress_bar
from geofence.commands.map_reading import MapFiles, read_map
from ingest.datum import Datum
from ingest.output_file import write_file
from ingest.plain_text import plain

if TYPE_CHECKING:
    from geofence.locating.resolution import Located, Resolution
    from geofence.overrides.redrawing import Feature
    from geofence.plan.plan import Plan
    from geofence.streetmap.street_map import StreetMap
    from geofence.survey.areas_file import Area
    from geofence.survey.survey import Survey

STREETS_FILE, PAGE_FILE = "streets.geojson", "review.html"
LOCATED_FILE, UNLOCATED_FILE = "located.csv", "unlocated.csv"
FACILITIES_FILE = "facilities.geojson"
CHINESE_ZONES = frozenset({"Asia/Shanghai", "Asia/Taipei", "Asia/Hong_Kong", "Asia/Macau"})
_MOST_TOLD = 8


def locate(
    plan: Annotated[Path, typer.Argument(help="The plan.toml whose streets to find.")],
    osm: Annotated[
        Path | None,
        typer.Option(help="OpenStreetMap extract: .osm, .osm.gz or .osm.pbf.", metavar="FILE"),
    ] = None,
    lines: Annotated[
        Path | None,
        typer.Option(
            help="A city's own lines: .shp, .gpkg, .fgb, .kml, .geojson, or a .zip of one.",
            metavar="FILE",
        ),
    ] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="GeoJSON polygon: read the map inside it alone.", metavar="FILE"),
    ] = None,
    areas: Annotated[
        Path | None,
        typer.Option(help="GeoJSON polygons of grids: all streets inside.", metavar="FILE"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write to.", metavar="DIR", show_default="the plan's"),
    ] = None,
    around_km: Annotated[
        float, typer.Option(min=0, help="Draw other roads up to so far from the grids' streets.")
    ] = 3.0,
    drivable: Annotated[
        Path | None,
        typer.Option(help="TOML file that changes which roads trucks drive.", metavar="FILE"),
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of --lines.")] = None,
    name_field: Annotated[str | None, typer.Option(help="Field of --lines with names.")] = None,
    id_field: Annotated[str | None, typer.Option(help="Field of --lines with ids.")] = None,
    oneway_field: Annotated[
        str | None, typer.Option(help="Field of --lines with directions.")
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="System of --lines, such as EPSG:4547.", metavar="CRS")
    ] = None,
    datum: Annotated[
        Datum | None,
        typer.Option(
            help="Datum of --lines.", show_default="told by --osm or --pings, else said to be open"
        ),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the texts of a Shapefile, such as GB18030.")
    ] = None,
    pings: Annotated[
        Path | None,
        typer.Option(help="Recorded pings that tell the datum of --lines.", metavar="FILE"),
    ] = None,
    language: Annotated[
        Literal["en", "zh"] | None,
        typer.Option(help="Language of the page.", show_default="by the plan's time zone"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite streets that were not drawn by this command.")
    ] = False,
) -> None:
    """Find the streets of a plan on a map, and draw them.

    Reads the roads that trucks may drive, cut at junctions, and finds what
    each grid mentions: streets, parts (北段), continuations (北延), ranges,
    side streets (支路), roads around a place. With --areas also all streets
    inside a grid's polygon. Writes streets.geojson, unlocated.csv with what
    was not found and why, located.csv with how surely the rest was, and
    review.html to look at. Decisions in overrides.toml, as pingcheng plan
    edit keeps them, are applied each time, and tasks of sections are kept.

    \b
    Examples:
      pingcheng plan locate plan.toml --osm datong.osm.pbf
      pingcheng plan locate plan.toml --osm city.osm.gz --areas areas.geojson
      pingcheng plan locate plan.toml --lines roads.shp --name-field MC
      pingcheng plan locate plan.toml --lines roads.shp --osm datong.osm.pbf

    \b
    Exit codes: 0 drawn, 1 a file cannot be read or nothing was found,
    2 wrong use.
    """
    from geofence.fault import GeofenceError
    from geofence.overrides.overrides_file import OVERRIDES_FILE, read_overrides
    from geofence.plan.reader import read_roster
    from geofence.streetmap.vector.vector_file import Wishes
    from geofence.survey.areas_file import overlaps, read_areas
    from geofence.survey.survey import SurveyTerms, survey

    if osm is None and lines is None:
        raise typer.BadParameter("name a map: --osm FILE, or --lines FILE", param_hint="--osm")
    folder = out or plan.parent
    try:
        roster = read_roster(plan)
        drawn_areas = read_areas(areas, [grid.id for grid in roster.grids]) if areas else ()
        overrides = read_overrides(folder / OVERRIDES_FILE)
        _refuse_others_streets(folder / STREETS_FILE, force=force)
        files = MapFiles(osm, lines, boundary, drivable, pings)
        wishes = Wishes(layer, name_field, id_field, oneway_field, crs, datum, encoding)
        street_map, source = read_map(files, wishes, roster)
        for one, other, square_km in overlaps(drawn_areas):
            typer.echo(
                plain(
                    f"warning: the areas of {one} and {other} overlap by {square_km:.3f} km²: "
                    "both are to collect what lies there"
                ),
                err=True,
            )
        located = _locate(street_map, roster, drawn_areas)
        terms = SurveyTerms(
            source=source,
            around_m=around_km * 1000 if around_km else math.inf,
            language=language or ("zh" if roster.timezone in CHINESE_ZONES else "en"),
        )
        before = _features_in(_streets_before(folder, plan))
        made = survey(roster, street_map, located, overrides, terms, before)
        is_any = any(feature["properties"]["grids"] for feature in made.features)
        _tell(located, made, listed=is_any)
        if not is_any:
            without = "; does it want --areas?" if not areas and not located.resolutions else ""
            fail(f"no street of the plan is on this map; nothing was written{without}")
        _refuse_losing_grids(folder / STREETS_FILE, made, force=force)
        _write(folder, plan, made)
    except (GeofenceError, OSError, ValueError) as error:
        fail(str(error))


def _refuse_others_streets(path: Path, *, force: bool) -> None:
    """Raise FileExistsError if streets would be overwritten that this command did not draw."""
    from geofence.survey.survey import DRAWN_BY

    if force or not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as text:
        if DRAWN_BY not in text.read(1000):
            raise FileExistsError(
                f"{path} was not drawn by this command; give --force to overwrite it"
            )


def _refuse_losing_grids(path: Path, made: "Survey", *, force: bool) -> None:
    """Raise FileExistsError if a grid that has streets would have none, as without its area."""
    if force or not path.exists():
        return
    now = {grid for feature in made.features for grid in feature["properties"]["grids"]}
    lost = sorted(_grids_in(path) - now)
    if lost:
        more = f" and {len(lost) - _MOST_TOLD} more" if len(lost) > _MOST_TOLD else ""
        raise FileExistsError(
            f"{path}: {', '.join(lost[:_MOST_TOLD])}{more} would have no street any more; name the "
            "map and the --areas that they were drawn with, or give --force"
        )


def _grids_in(path: Path) -> set[str]:
    """Give the grids that have streets in a streets.geojson; none if it cannot be read."""
    try:
        return {grid for one in _features_in(path) for grid in one["properties"]["grids"]}
    except (KeyError, TypeError):
        return set()


def _features_in(path: Path) -> "list[Feature]":
    """Give the features of a streets.geojson; none if it cannot be read."""
    import json

    try:
        features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return features if isinstance(features, list) else []


def _streets_before(folder: Path, plan: Path) -> Path:
    """Give the file of streets that people may have changed: what is there, or the plan's own."""
    import tomllib

    if (folder / STREETS_FILE).exists():
        return folder / STREETS_FILE
    named = tomllib.loads(plan.read_text(encoding="utf-8-sig")).get("streets", STREETS_FILE)
    return plan.parent / str(named)


def _locate(street_map: "StreetMap", roster: "Plan", areas: "Sequence[Area]") -> "Located":
    """Find what the grids mention, and all streets inside those that have an area."""
    from geofence.locating.locate import locate as locate_mentions
    from geofence.locating.locate import locate_areas
    from geofence.locating.resolution import Located

    with_area = {area.grid_id: area for area in areas}
    others = [grid for grid in roster.grids if grid.id not in with_area]
    found: dict[str, list[Resolution]] = {grid.id: [] for grid in roster.grids}
    with progress_bar("locating") as progress:
        by_name = locate_mentions(street_map, others, progress=progress)
    inside = locate_areas(
        street_map,
        {area.grid_id: area.polygon for area in areas},
        named={
            grid.id: with_area[grid.id].only or grid.streets
            for grid in roster.grids
            if grid.id in with_area and (with_area[grid.id].only or grid.streets)
        },
        exclude={area.grid_id: area.exclude for area in areas if area.exclude},
        add={area.grid_id: area.add for area in areas if area.add},
    )
    for resolution in (*by_name.resolutions, *inside.resolutions):
        found[resolution.grid_id].append(resolution)
    return Located(tuple(one for of_grid in found.values() for one in of_grid))


def _tell(located: "Located", made: "Survey", *, listed: bool) -> None:
    """Say what came of it, and the first mentions that are open; a file has all, if `listed`."""
    remarked = [one for one in located.resolutions if one.remarks and one.reason is None]
    grids = {grid for one in made.features for grid in one["properties"]["grids"]}
    collected = sum(bool(one["properties"]["grids"]) for one in made.features)
    typer.echo(
        f"located     {len(located.resolutions) - len(made.open)} of {len(located.resolutions)} "
        f"mentions, {len(remarked)} of them to be looked at ({PAGE_FILE} says why)"
    )
    typer.echo(f"sections    {collected:,} of {len(grids)} grids, {len(made.features):,} drawn")
    for found in made.open[:_MOST_TOLD]:
        meant = f"; maybe {', '.join(found.suggestions[:3])}" if found.suggestions else ""
        mention = found.mention or "its area"
        typer.echo(plain(f"  {found.grid_id}: {mention}: {found.detail}{meant} [{found.reason}]"))
    if len(made.open) > _MOST_TOLD:
        typer.echo(
            f"  and {len(made.open) - _MOST_TOLD} more{f' in {UNLOCATED_FILE}' if listed else ''}"
        )
    for unused in made.unused:
        typer.echo(plain(f"  {unused}"))


def _write(folder: Path, plan: Path, made: "Survey") -> None:
    """Write the files; the plan says no more that its streets are schematic."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        STREETS_FILE: made.streets,
        LOCATED_FILE: made.located,
        UNLOCATED_FILE: made.unlocated,
        PAGE_FILE: made.page,
    }
    if not (folder / FACILITIES_FILE).exists():
        texts[FACILITIES_FILE] = '{"type": "FeatureCollection", "features": []}\n'
    _keep_before(folder / STREETS_FILE, made.streets)
    for name, text in texts.items():
        write_file(folder / name, text)
        typer.echo(str(folder / name))
    target = folder / plan.name
    surveyed = _surveyed(plan.read_text(encoding="utf-8-sig"))
    if not target.exists() or target.read_text(encoding="utf-8-sig") != surveyed:
        write_file(target, surveyed)
        typer.echo(f"{target}: streets are surveyed now")


def _keep_before(path: Path, text: str) -> None:
    """Lay streets that become others aside, for whoever has changed them by other means."""
    if not path.exists() or path.read_bytes() == text.encode():
        return
    kept = path.with_name(f"{path.stem}.before{path.suffix}")
    write_file(kept, path.read_bytes())
    typer.echo(f"{kept}: the streets before, which were others")


def _surveyed(text: str) -> str:
    """Take the key ``schematic`` out of a plan.toml, and leave all else as it stands."""
    import tomlkit

    document = tomlkit.parse(text)
    document["streets"] = STREETS_FILE
    document.pop("schematic", None)
    return tomlkit.dumps(document)
