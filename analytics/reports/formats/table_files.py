"""The views as CSV and Parquet, for machines and for Excel: the same columns in each.

Names of columns and codes are English whatever the language of the report. CSV begins with a
byte-order mark, without which Excel takes Chinese for something else, and a text that a spreadsheet
would take for a formula has an apostrophe before it. Parquet holds the values untouched.
"""

from io import BytesIO
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.reports.tables.report import Report
from analytics.reports.tables.views import VIEWS, Kind, View
from ingest.plain_text import harmless

_DECIMALS = {Kind.SHARE: 4, Kind.METRES: 1, Kind.NUMBER: 4}


def csv_files(report: Report) -> dict[str, bytes]:
    """Write each view as CSV, by file name; instants in local time with their offset."""
    return {f"{view.name}.csv": _csv(report.frames[view.name], view, report.zone) for view in VIEWS}


def parquet_files(report: Report) -> dict[str, bytes]:
    """Write each view as Parquet, by file name; instants are UTC."""
    return {f"{view.name}.parquet": _parquet(report.frames[view.name], view) for view in VIEWS}


def _csv(frame: pd.DataFrame, view: View, zone: ZoneInfo) -> bytes:
    text = frame[[column.name for column in view.stored]].astype(object)
    for column in view.stored:
        values = frame[column.name]
        if column.kind is Kind.INSTANT:
            local = values.dt.floor("s").dt.tz_convert(zone)
            text[column.name] = ["" if pd.isna(at) else at.isoformat() for at in local]
        elif column.kind in _DECIMALS:
            decimals = _DECIMALS[column.kind]
            text[column.name] = ["" if pd.isna(v) else f"{v:.{decimals}f}" for v in values]
        elif column.kind in {Kind.TEXT, Kind.WORD}:
            text[column.name] = [harmless(str(value)) for value in values]
    out = BytesIO()
    text.to_csv(out, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return out.getvalue()


def _parquet(frame: pd.DataFrame, view: View) -> bytes:
    out = BytesIO()
    stored = frame[[column.name for column in view.stored]]
    pq.write_table(pa.Table.from_pandas(stored, preserve_index=False), out, compression="zstd")
    return out.getvalue()
