"""The options that tell how a recorded file is written, shared by all commands that read one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.commands.console import settings_or_fail

if TYPE_CHECKING:
    from ingest.files.mapping.file_format import FileFormat

MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        help="Which column is what: vehicle_id=车牌号,event_time=定位时间,speed_kmh=速度 ...",
        metavar="FIELD=HEADING,...",
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option("--format", help="A format of the setting file_formats.", metavar="NAME"),
]
TimezoneOption = Annotated[
    str | None,
    typer.Option(help="Zone of times that name no offset.", metavar="ZONE"),
]
DelimiterOption = Annotated[
    str | None,
    typer.Option(help="Sign between columns, or tab. [default: seen]", metavar="SIGN"),
]
DecimalOption = Annotated[
    str | None, typer.Option(help="Sign before decimals: . or ,", metavar="SIGN")
]
DatumOption = Annotated[
    str | None,
    typer.Option(help="What places are in: wgs84, gcj02, bd09.", metavar="DATUM"),
]
EncodingOption = Annotated[
    str | None,
    typer.Option(help="Such as gb18030 or cp1252. [default: seen]", metavar="NAME"),
]
DateOrderOption = Annotated[
    str | None,
    typer.Option(help="Of dates such as 3/4/2022: dmy or mdy.", metavar="ORDER"),
]
VehicleOption = Annotated[
    str | None,
    typer.Option(help="Whose file it is, where no column tells.", metavar="ID"),
]
KEYS = ("timezone", "delimiter", "decimal", "datum", "encoding", "date_order", "vehicle")
"""What is told of a file beside its columns: named alike as option, setting and in `FileFormat`."""


@dataclass(frozen=True, slots=True)
class FileTerms:
    """What a command was told on its line about a file."""

    columns: list[str] | None = None
    name: str | None = None
    timezone: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    datum: str | None = None
    encoding: str | None = None
    date_order: str | None = None
    vehicle: str | None = None

    @property
    def is_told(self) -> bool:
        """Whether anything was."""
        return self != FileTerms()

    def file_format(self) -> "FileFormat":
        """Join what the settings say of the named format and what the line says, which counts."""
        from ingest.datum import Datum
        from ingest.fault import SettingError
        from ingest.files.mapping.file_format import DELIMITERS, FileFormat, parse_map

        saved = self._saved()
        columns = dict(saved.pop("columns", {}))
        try:
            for text in self.columns or []:
                columns |= parse_map(text)
            told = {
                key: value for key in KEYS
                if (value := getattr(self, key) or saved.get(key)) is not None
            }  # fmt: skip
            if "delimiter" in told:
                told["delimiter"] = DELIMITERS.get(told["delimiter"], told["delimiter"])
            datum = told.pop("datum", "wgs84").lower()
            if datum not in set(Datum):
                raise SettingError(f"{datum!r} is no datum; write {', '.join(Datum)}")
            return FileFormat(columns, datum=Datum(datum), **told)
        except SettingError as error:
            raise typer.BadParameter(str(error), param_hint=self._hint(str(error))) from None

    def _saved(self) -> dict[str, Any]:
        if self.name is None:
            return {}
        formats = settings_or_fail().file_formats or {}
        if self.name not in formats:
            known = ", ".join(formats) or "none: write [file_formats.NAME] in pingcheng.toml"
            raise typer.BadParameter(
                f"{self.name!r} is no format of the settings; there is {known}",
                param_hint="--format",
            )
        return formats[self.name].model_dump(exclude_none=True)

    def _hint(self, reason: str) -> str:
        for key in KEYS:
            value = getattr(self, key)
            if value is not None and reason.startswith(repr(value)):
                return "--" + key.replace("_", "-")
        return "--format" if self.name and not self.columns else "--map"
