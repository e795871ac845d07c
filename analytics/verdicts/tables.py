"""Writes the tables of a judgement: streets.csv and grids.csv, and evidence.ndjson."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pandas as pd

from analytics.verdicts.evidence import Evidence
from analytics.verdicts.judge import Judgement
from ingest.output_file import replacing
from ingest.plain_text import harmless

STREETS_FILE = "streets.csv"
GRIDS_FILE = "grids.csv"
EVIDENCE_FILE = "evidence.ndjson"

_DECIMALS = {"served_ratio": 4, "observed_share": 4, "length_m": 1, "provably_missed_m": 1}
_INSTANTS = ["started_at", "completed_at"]
_TEXTS = ["grid_id", "operator", "window", "street"]


def write_tables(judgement: Judgement, folder: Path, timezone: str) -> None:
    """Write streets.csv and grids.csv into an existing folder, instants in local time."""
    for frame, name in ((judgement.streets, STREETS_FILE), (judgement.grids, GRIDS_FILE)):
        text = render(frame, ZoneInfo(timezone))
        with replacing(folder / name) as out:
            text.to_csv(out, index=False, encoding="utf-8", lineterminator="\n")


def render(frame: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    """Turn a table of verdicts into text.

    Ratios have 4 decimals and metres 1; instants are cut to the second, with their offset from
    UTC; what is missing is empty. A text that a spreadsheet would take for a formula has an
    apostrophe before it.
    """
    text = frame.astype(object)
    for name in frame.columns.intersection(list(_DECIMALS)):
        decimals = _DECIMALS[name]
        text[name] = [f"{value:.{decimals}f}" for value in frame[name]]
    for name in frame.columns.intersection(_INSTANTS):
        local = frame[name].dt.floor("s").dt.tz_convert(zone)
        text[name] = ["" if pd.isna(instant) else instant.isoformat() for instant in local]
    for name in frame.columns.intersection(_TEXTS):
        text[name] = [harmless(str(value)) for value in frame[name]]
    return text


def lines_of(records: Iterable[Evidence]) -> Iterator[bytes]:
    """Write one record a line, as JSON."""
    encoder = msgspec.json.Encoder()
    for record in records:
        yield encoder.encode(record) + b"\n"
