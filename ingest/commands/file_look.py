"""The command ``pingcheng file describe``."""

import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len

from ingest.commands.console import fail, settings_or_fail
from ingest.commands.file_terms import (
    DateOrderOption,
    DatumOption,
    DecimalOption,
    DelimiterOption,
    EncodingOption,
    FileTerms,
    TimezoneOption,
    VehicleOption,
)
from ingest.commands.fleet import timezone_of, vehicles_of
from ingest.plain_text import plain

if TYPE_CHECKING:
    from ingest.files.first_look import FirstLook
    from ingest.files.mapping.file_format import FileFormat
    from ingest.files.ping_file import PingFile

file_app = typer.Typer(
    name="file", help="Look at recorded files before they are taken in.", no_args_is_help=True
)
_CODES_TOLD = 3


@file_app.callback()
def _files() -> None:
    """Look at recorded files before they are taken in."""


@file_app.command("describe")
def describe(
    file: Annotated[Path, typer.Argument(help="A recorded file.", metavar="FILE")],
    plan: Annotated[
        Path | None,
        typer.Option(help="The plan.toml whose zone and vehicles are asked. [default: setting]"),
    ] = None,
    rows: Annotated[int, typer.Option(help="Show so many pings.", min=1, max=1000)] = 3,
    timezone: TimezoneOption = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    datum: DatumOption = None,
    encoding: EncodingOption = None,
    date_order: DateOrderOption = None,
    vehicle: VehicleOption = None,
) -> None:
    """Propose how a vendor's file is to be read, and show its first rows as pings.

    Headings in Chinese, English, Spanish and Portuguese are known; units, order
    of dates and decimals are told by headings and cells. It changes nothing, and
    prints the command that takes the file in, and the same as a table for
    pingcheng.toml.

    \b
    Examples:
      pingcheng file describe export.csv --plan plan.toml
      pingcheng file describe tracks.xlsx --timezone America/Bogota --rows 10
      pingcheng file describe day.zip --vehicle 晋BQ0384

    \b
    Exit codes: 0 rows can be read as proposed, 1 not, 2 wrong use.
    """
    from ingest.fault import PingFileError
    from ingest.files.first_look import look_at
    from ingest.files.ping_file import read_ping_file

    told = FileTerms(
        timezone=timezone, delimiter=delimiter, decimal=decimal, datum=datum, encoding=encoding,
        date_order=date_order, vehicle=vehicle,
    ).file_format()  # fmt: skip
    plan = plan or settings_or_fail().plan
    zone = None if plan is None else timezone_of(plan)
    try:
        look = look_at(file, told, zone)
        if look is None:
            terms = told
        else:
            _tell_columns(look)
            lacking = [name for name in look.proposal.missing
                       if name != "vehicle_id" or told.vehicle is None]  # fmt: skip
            if lacking:
                _fail_for_want(file, look, lacking)
            terms = look.file_format(told)
        if look is not None and look.proposal.needs_timezone and terms.timezone is None:
            fail(f"{file}: its times name no offset; add --timezone ZONE, or --plan")
        read = read_ping_file(file, file_format=terms)
    except PingFileError as error:
        fail(str(error))
    _tell_rows(read, rows, None if plan is None else vehicles_of(plan))
    _tell_command(file, terms, plan)
    if read.pings.empty:
        fail(f"{file}: not one of its rows can be read so")


def _tell_columns(look: "FirstLook") -> None:
    heading, proposal = look.heading, look.proposal
    signs = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}
    said = [look.name]
    if look.encoding:
        said.append(f"{look.encoding}, parted by {signs.get(heading.delimiter, heading.delimiter)}")
    if heading.line:
        said.append(f"heading on line {heading.line}")
    _say(", ".join(said))
    target_of: dict[str, list[str]] = {}
    for target, name in proposal.columns.items():
        target_of.setdefault(name, []).append(target)
    width = max((cell_len(name) for name in target_of), default=0)
    for name in dict.fromkeys(heading.cells):
        if name in target_of:
            _say(f"  {_padded(name, width)}  ->  {', '.join(target_of[name])}")
    unused = [name for name in dict.fromkeys(heading.cells) if name and name not in target_of]
    if unused:
        _say(f"  not used: {', '.join(unused)}")
    for note in proposal.notes:
        _say(f"note: {note}")


def _fail_for_want(file: Path, look: "FirstLook", lacking: list[str]) -> None:
    said = f"{file}: no column seems to tell {', '.join(lacking)}"
    if lacking == ["vehicle_id"]:
        fail(
            f"{said}; say whose file it is by --vehicle, such as --vehicle {shlex.quote(file.stem)}"
        )
    fail(
        f"{said}; name them to ingest or evaluate by --map, such as "
        f"--map {lacking[0]}={next(filter(None, look.heading.cells), 'HEADING')}"
    )


def _tell_rows(read: "PingFile", shown: int, known: "frozenset[str] | None") -> None:
    total = len(read.pings) + len(read.rejections)
    _say(f"rows: {total}, pings: {len(read.pings)}, refused: {len(read.rejections)}")
    codes = Counter(each.code.value for each in read.rejections).most_common(_CODES_TOLD)
    for code, count in codes:
        first = next(each for each in read.rejections if each.code.value == code)
        _say(f"  refused {code} {count}, such as {first.topic}: {first.key} {first.value}")
    for note in read.notes:
        _say(f"note: {note}")
    if read.pings.empty:
        return
    frame = read.pings.head(shown).dropna(axis="columns", how="all")
    columns = {
        name: [name, *(str(cell) for cell in _cells(frame[name].tolist(), name))]
        for name in frame.columns
    }
    for line in zip(*columns.values(), strict=True):
        widths = [max(map(cell_len, column)) for column in columns.values()]
        _say(
            "  " + "  ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True))
        )
    if known is not None:
        found = set(read.pings["vehicle_id"].unique())
        strange = sorted(found - known)
        said = f"vehicles: {len(found)}, of the plan: {len(found & known)}"
        _say(said + (f"; not in it: {', '.join(strange[:5])}" if strange else ""))


def _padded(text: str, width: int) -> str:
    """Fill up to a width on the terminal, where a Chinese character takes two places."""
    return text + " " * (width - cell_len(text))


def _cells(values: list[object], name: str) -> list[str]:
    if name.endswith("_time"):
        return [str(value).replace(" ", "T").replace("+00:00", "Z") for value in values]
    return [f"{value:.6g}" if name.endswith(("_mps", "_deg", "_m")) else str(value)
            for value in values]  # fmt: skip


def _tell_command(file: Path, terms: "FileFormat", plan: Path | None) -> None:
    words = ["pingcheng", "ingest", "--plan", str(plan or "plan.toml"), "--file", str(file)]
    _say("To take it in:")
    _say("  " + shlex.join([*words, *options_of(terms)]))
    lines = _settings_lines(terms)
    if lines:
        _say("Or once in pingcheng.toml, then --format NAME:")
        for line in lines:
            _say("  " + line)


def options_of(terms: "FileFormat") -> list[str]:
    """Write a format as the options that tell it."""
    from ingest.files.mapping.file_format import write_map

    native = all(target == heading for target, heading in terms.columns.items())
    words = [] if native else ["--map", write_map(terms.columns)]
    for key, value in _told(terms).items():
        words += ["--" + key.replace("_", "-"), "tab" if value == "\t" else value]
    return words


def _told(terms: "FileFormat") -> dict[str, str]:
    keys = ("timezone", "delimiter", "decimal", "encoding", "date_order", "vehicle")
    told = {key: str(value) for key in keys if (value := getattr(terms, key)) is not None}
    return told | ({} if terms.datum.value == "wgs84" else {"datum": terms.datum.value})


def _settings_lines(terms: "FileFormat") -> list[str]:
    import json

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    told = {key: value for key, value in _told(terms).items() if key != "vehicle"}
    columns = ", ".join(f"{target} = {quoted(name)}" for target, name in terms.columns.items())
    if not columns:
        return []
    return [
        "[file_formats.NAME]",
        f"columns = {{ {columns} }}",
        *(f"{key} = {quoted(value)}" for key, value in told.items()),
    ]


def _say(line: str) -> None:
    typer.echo(plain(line))
