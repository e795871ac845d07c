"""From what a ping log holds, stored and refused, to the reports that clocks are judged by."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ingest.clock.fault import LARGEST_EVENT_MS, REPORT_COLUMNS
from ingest.decoding.instant import parse_instant
from ingest.decoding.rejection import RejectionCode
from ingest.log.rows import epoch_ms
from ingest.ping import RECEIVED_COLUMN

TIME_CODES = (
    RejectionCode.TIME_IN_FUTURE,
    RejectionCode.TIME_BEFORE_2000,
    RejectionCode.OUTDATED,
)
"""Refusals of event times that could be read: what the device's clock said is known."""
REFUSED_COLUMNS = ("vehicle_id", "code", "received_ms", "event_ms", "is_timed")
"""``event_ms`` is the event time as ingest understood it, if ``is_timed``, else 0."""


def refused_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Turn rows of the log's table of rejections into a frame of `REFUSED_COLUMNS`."""
    found = []
    for row in rows:
        vehicle = row.get("vehicle_id") or _vehicle_of(row["topic"])
        if vehicle:
            claimed = claimed_ms(row["code"], row["value"])
            found.append(
                (vehicle, str(row["code"]), row["received_time_ms"], claimed or 0,
                 claimed is not None)
            )  # fmt: skip
    columns = dict(
        zip(REFUSED_COLUMNS, zip(*found, strict=True) if found else [()] * 5, strict=True)
    )
    return pd.DataFrame(
        {
            "vehicle_id": pd.Series(columns["vehicle_id"], dtype="str"),
            "code": pd.Series(columns["code"], dtype="str"),
            "received_ms": np.array(columns["received_ms"], dtype=np.int64),
            "event_ms": np.array(columns["event_ms"], dtype=np.int64),
            "is_timed": np.array(columns["is_timed"], dtype=np.bool_),
        }
    )


def reports_of(pings: pd.DataFrame | None, refused: pd.DataFrame) -> pd.DataFrame:
    """Put stored pings, if any, with a known reception and refused event times together."""
    parts = [refused.loc[refused["is_timed"], list(REPORT_COLUMNS)]]
    if pings is not None and RECEIVED_COLUMN in pings.columns:
        stored = pings[pings[RECEIVED_COLUMN].notna()]
        parts.append(
            pd.DataFrame(
                {
                    "vehicle_id": stored["vehicle_id"],
                    "event_ms": epoch_ms(stored["event_time"]),
                    "received_ms": epoch_ms(stored[RECEIVED_COLUMN]),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def claimed_ms(code: str, value: str) -> int | None:
    """Read the event time off a rejection's value; None if it is no refusal of a readable time."""
    if code not in TIME_CODES:
        return None
    try:
        read = json.loads(value)
    except ValueError:  # clipped
        return None
    if isinstance(read, str):
        instant = parse_instant(read)
        return None if isinstance(instant, RejectionCode) else instant
    if isinstance(read, bool) or not isinstance(read, int | float):
        return None
    return int(max(-LARGEST_EVENT_MS, min(LARGEST_EVENT_MS, read)))


def _vehicle_of(topic: str) -> str:
    """Take the vehicle from a native topic; logs of older versions name it nowhere else."""
    levels = topic.split("/")
    return levels[1] if len(levels) == 3 and (levels[0], levels[2]) == ("fleet", "ping") else ""
