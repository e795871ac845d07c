"""The command ``pingcheng plan new``: a plan begun with the polygons of its grids."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from geofence.commands.console import fail, refuse_overwriting
from ingest.output_file import write_file


def new(
    areas: Annotated[Path, typer.Argument(help="GeoJSON polygons, one a grid.", metavar="AREAS")],
    out: Annotated[Path, typer.Option(help="Folder for plan.toml.", metavar="DIR")],
    timezone: Annotated[str, typer.Option(help="Time zone of the windows.")],
    name: Annotated[
        str, typer.Option(help="Name of the plan.", show_default="the file's name")
    ] = "",
    windows: Annotated[str, typer.Option(help="Windows of areas that name none.")] = "07:00-10:00",
    effective_from: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day of the plan.", show_default="today"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite plan.toml.")] = False,
) -> None:
    """Begin a plan with the polygons of its grids.

    Each feature is a grid: property grid is its id; operator, vehicles,
    windows and days are taken where they are there (lists, or texts such as
    "A;B"). What is made up says so in plan.toml. Then: pingcheng plan locate.

    \b
    Examples:
      pingcheng plan new areas.geojson --timezone America/Campo_Grande --out city
      pingcheng plan new areas.geojson --timezone Asia/Shanghai \\
          --windows "07:00-10:00, 14:00-16:00" --out city

    \b
    Exit codes: 0 written, 1 the areas cannot be read, 2 wrong use.
    """
    from geofence.commands.plan import PLAN_FILE
    from geofence.commands.terms import today, windows_of
    from geofence.fault import GeofenceError
    from geofence.survey.areas_file import read_areas
    from geofence.survey.new_plan import NewPlanTerms, render_new_plan

    now = today(timezone)
    terms = NewPlanTerms(
        name=name.strip() or areas.stem,
        timezone=timezone,
        effective_from=(effective_from or now).date(),
        windows=windows_of(windows, "--windows"),
    )
    target = out / PLAN_FILE
    try:
        text = render_new_plan(read_areas(areas), terms, source=areas.name)
        refuse_overwriting(out, [PLAN_FILE], force=force)
        out.mkdir(parents=True, exist_ok=True)
        write_file(target, text)
    except (GeofenceError, OSError) as error:
        fail(str(error))
    typer.echo(f"{target}; next, with a map of the town:")
    typer.echo(f"  pingcheng plan locate {target} --osm FILE --areas {areas}")
