"""How a vendor writes a file of fixes: which column is what, in which units, zone and datum."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from ingest.datum import Datum
from ingest.decoding.bounds import is_vehicle_id
from ingest.fault import SettingError
from ingest.files.mapping.target import TARGETS

DATE_ORDERS = ("ymd", "dmy", "mdy")
DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_PAIR = re.compile(
    r'\s*(?P<target>[A-Za-z][A-Za-z0-9_]*)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>.*?))\s*'
    r"(?:,(?=\s*[A-Za-z][A-Za-z0-9_]*\s*=)|,?\s*$)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class FileFormat:
    """What was told about a file; None and nothing leave it to the file itself."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Headings by target; none reads the columns that are called as those of a ping."""
    timezone: str | None = None
    """The zone of times that name no offset; without it such times are refused."""
    delimiter: str | None = None
    decimal: str | None = None
    """The sign before decimals, a point or a comma."""
    datum: Datum = Datum.WGS84
    encoding: str | None = None
    date_order: str | None = None
    """Of dates such as 3/4/2022: dmy or mdy; ymd lets years have two digits."""
    vehicle: str | None = None
    """Whose file it is, where no column tells."""

    def __post_init__(self) -> None:
        for target in self.columns:
            if target not in TARGETS:
                raise SettingError(f"{target!r} is nothing to map to; there are {_all()}")
        fields = [TARGETS[target].field for target in self.columns if target != "event_clock"]
        twice = sorted({name for name in fields if fields.count(name) > 1})
        if twice:
            raise SettingError(f"{twice[0]} is mapped twice; one column tells it")
        if ("event_clock" in self.columns) != ("event_date" in self.columns):
            raise SettingError("event_date and event_clock go together: a date and its time of day")
        self._check_signs()
        if self.timezone is not None:
            zone_or_fault(self.timezone)
        if self.vehicle is not None and not is_vehicle_id(self.vehicle):
            raise SettingError(
                f"{self.vehicle!r}: no vehicle can have this id: 1 to 128 characters, no space, "
                "none of / + #"
            )

    def _check_signs(self) -> None:
        if self.decimal not in {None, ".", ","}:
            raise SettingError(f"{self.decimal!r} is no sign before decimals; write . or ,")
        if self.delimiter is not None and len(self.delimiter.encode()) != 1:
            raise SettingError(
                f"{self.delimiter!r} parts no columns; write one sign, or tab, semicolon, pipe"
            )
        if self.date_order not in {None, *DATE_ORDERS}:
            raise SettingError(
                f"{self.date_order!r} is no order of dates; write {', '.join(DATE_ORDERS)}"
            )
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
            except LookupError as error:
                raise SettingError(
                    f"{self.encoding!r} is no encoding; write utf-8, gb18030, cp1252"
                ) from error

    @property
    def is_native(self) -> bool:
        """Whether nothing has to be converted."""
        return self == replace(FileFormat(), delimiter=self.delimiter, encoding=self.encoding)


NATIVE_FORMAT = FileFormat()


def zone_or_fault(name: str) -> ZoneInfo:
    """Give a time zone.

    Raises
    ------
    SettingError
        If there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError) as error:
        raise SettingError(
            f"{name!r} is no time zone; write one such as Asia/Shanghai or America/Bogota"
        ) from error


def parse_map(text: str) -> dict[str, str]:
    """Read ``vehicle_id="车牌号",event_time="定位时间"``; the quotes may be missing.

    Raises
    ------
    SettingError
        If it is not of that form.
    """
    columns: dict[str, str] = {}
    place = 0
    while place < len(text.rstrip()):
        pair = _PAIR.match(text, place)
        if pair is None or pair.end() == place:
            raise SettingError(
                f"{text[place:]!r}: write FIELD=HEADING, parted by commas, such as "
                "vehicle_id=车牌号,event_time=定位时间"
            )
        target = pair["target"]
        if target in columns:
            raise SettingError(f"{target!r} is mapped twice; one column tells it")
        heading = pair["bare"] if pair["quoted"] is None else pair["quoted"]
        if not heading:
            raise SettingError(f"{target}=: write the heading of the column after it")
        columns[target] = heading
        place = pair.end()
    return columns


def write_map(columns: Mapping[str, str]) -> str:
    """Write what `parse_map` reads."""
    return ",".join(
        f'{target}="{heading}"' if re.search(r"[,=\s]", heading) and '"' not in heading
        else f"{target}={heading}"
        for target, heading in columns.items()
    )  # fmt: skip


def _all() -> str:
    return ", ".join(TARGETS)
