"""The command ``pingcheng score``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulators.commands.console import failure, read_plan_or_fail

if TYPE_CHECKING:
    from simulators.truth.score import Score

SHOWN_ERRORS = 20


def score(
    folder: Annotated[
        Path, typer.Argument(help="What evaluate wrote: holds streets.csv.", metavar="DIR")
    ],
    truth: Annotated[Path, typer.Option(help="The truth that simulate wrote.")],
    plan: Annotated[
        Path | None,
        typer.Option(help="The plan judged by, if it has thresholds of its own."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print counts as JSON.")] = False,
) -> None:
    """Compare verdicts with the simulated truth.

    A street whose true ratio lies within 0.03 of a threshold is left out.
    Unknown is accepted where the tracker was silent.

    \b
    Examples:
      pingcheng score verdicts --truth truth.csv
      pingcheng score verdicts --truth truth.csv --json

    \b
    Exit codes: 0 all right, 1 a verdict wrong, missing or unknown for no silence,
    or an unreadable file, 2 wrong use.
    """
    import json

    from simulators.truth.score import ScoreError
    from simulators.truth.score import score as score_files

    try:
        rules = None if plan is None else read_plan_or_fail(plan, with_streets=False).rules
        result = score_files(folder / "streets.csv", truth, rules)
    except ScoreError as error:
        raise failure(str(error)) from None
    typer.echo(json.dumps(result.counts()) if as_json else _rendered(result))
    if not result.passed:
        raise typer.Exit(1)


def _rendered(result: "Score") -> str:
    lines = ["verdicts (columns) against truth (rows)", result.confusion.to_string(), ""]
    lines += [f"{name:<20}{count:>7}" for name, count in result.counts().items()]
    if len(result.errors):
        wrong_first = result.errors.sort_values(
            "verdict", key=lambda verdicts: verdicts.isin(["unknown", ""]), kind="stable"
        )
        lines += ["", wrong_first.head(SHOWN_ERRORS).to_string(index=False)]
        if len(result.errors) > SHOWN_ERRORS:
            lines.append(f"… and {len(result.errors) - SHOWN_ERRORS} more")
    return "\n".join(lines)
