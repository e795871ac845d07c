"""A work list for other programs: CSV for spreadsheets, GeoJSON for maps.

Names of columns and codes are English whatever the language of the table.
"""

import json
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.worklist.worklist import WORKLIST_DTYPES
from geofence.plan.plan import Plan
from ingest.plain_text import harmless

_DECIMALS = {
    "missing_m": 1, "length_m": 1, "from_previous_m": 0, "longitude": 6, "latitude": 6,
}  # fmt: skip
_TEXTS = [name for name, dtype in WORKLIST_DTYPES.items() if dtype == "str"]


def worklist_csv(listed: pd.DataFrame, zone: ZoneInfo) -> bytes:
    """Write a work list as CSV, instants in local time with their offset.

    It begins with a byte-order mark, without which Excel takes Chinese for something else, and a
    text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    text = listed.astype(object)
    for name, decimals in _DECIMALS.items():
        text[name] = ["" if pd.isna(value) else f"{value:.{decimals}f}" for value in listed[name]]
    for name in _TEXTS:
        text[name] = [harmless(value) for value in listed[name]]
    text["made_up_at"] = [_local(at, zone) or "" for at in listed["made_up_at"]]
    written: str = text.to_csv(index=False, lineterminator="\r\n")
    return written.encode("utf-8-sig")


def worklist_geojson(listed: pd.DataFrame, plan: Plan) -> bytes:
    """Write a work list as GeoJSON (RFC 7946): a MultiLineString of each street to collect."""
    zone = ZoneInfo(plan.timezone)
    lines: dict[tuple[str, str], list[list[list[float]]]] = {}
    for section in plan.sections:
        for grid_id in section.grids:
            line = section.coordinates.round(7).tolist()
            lines.setdefault((grid_id, section.name), []).append(line)
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "MultiLineString",
                "coordinates": lines[row["grid_id"], row["street"]],
            },
            "properties": {
                name: _local(value, zone)
                if name == "made_up_at"
                else None
                if pd.isna(value)
                else round(value, _DECIMALS[name])
                if name in _DECIMALS
                else value
                for name, value in row.items()
            },
        }
        for row in listed.astype(object).to_dict("records")
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _local(at: pd.Timestamp, zone: ZoneInfo) -> str | None:
    return None if pd.isna(at) else at.floor("s").tz_convert(zone).isoformat()
