"""The command ``pingcheng city``."""

from pathlib import Path
from typing import Annotated

import typer

from simulators.commands.console import failure, read_plan_or_fail

SYNTHETIC_PREFACE = "Made up by pingcheng city: no operator, plate or street here is real."
SCHEMATIC_MARK = '"schematic": true'


def city(
    out: Annotated[Path, typer.Option(help="Folder for streets.geojson and facilities.geojson.")],
    plan: Annotated[
        Path | None, typer.Argument(help="A plan.toml whose streets to draw.", metavar="PLAN")
    ] = None,
    grids: Annotated[
        int | None, typer.Option(min=1, help="Make up a plan of so many grids instead.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same city.")] = 57,
) -> None:
    """Draw a schematic street network: a stage for trucks, not a map of any city.

    \b
    Examples:
      pingcheng city plan.toml --out .       streets for the grids of a plan
      pingcheng city --grids 500 --out big   a made-up plan and its streets

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    if (plan is None) == (grids is None):
        raise typer.BadParameter("give either a PLAN or --grids N")
    from simulators.city.city import generate_city, write_city
    from simulators.city.roster import synthetic_roster

    for name in ("streets.geojson", "facilities.geojson"):
        _refuse_to_overwrite(out / name, SCHEMATIC_MARK, "is not schematic")
    if grids is not None:
        _refuse_to_overwrite(out / "plan.toml", SYNTHETIC_PREFACE, "is no made-up plan")
        roster = synthetic_roster(grids, seed)
    elif plan is not None:
        roster = read_plan_or_fail(plan, with_streets=False)
    try:
        drawn = generate_city(roster.grids, seed)
        write_city(drawn, out)
        if grids is not None:
            from geofence.plan.writer import render_plan
            from ingest.output_file import write_file

            text = render_plan(roster, preface=SYNTHETIC_PREFACE)
            write_file(out / "plan.toml", text)
    except (OSError, ValueError) as error:
        raise failure(str(error)) from None
    typer.echo(
        f"drew {len(drawn.sections)} sections for {len(roster.grids)} grids in {out}: "
        "SCHEMATIC, not surveyed"
    )


def _refuse_to_overwrite(path: Path, mark: str, complaint: str) -> None:
    """Protect a file that no earlier run of this command wrote."""
    if path.is_file() and mark not in path.read_text(encoding="utf-8", errors="replace")[:500]:
        raise failure(f"{path} {complaint} and would be overwritten: choose another --out")
