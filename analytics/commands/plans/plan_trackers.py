"""Which tasks the trackers of a fleet can tell: what ``pingcheng plan check`` asks of settings."""

import time
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import typer

from ingest.plain_text import plain
from ingest.tasks import BITS

if TYPE_CHECKING:
    from geofence.plan.plan import Plan
    from geofence.review.trackers import Tracker


def trackers_of(plan: "Plan") -> "list[Tracker]":
    """List the devices that tell tasks by their type, now or later; those of the past are out.

    A fault in the settings or the devices file is none of the plan: it is noted on stderr.
    """
    from geofence.review.trackers import Tracker
    from ingest.decoding.decoder import devices_in
    from ingest.fault import SettingError
    from ingest.settings.settings import read_settings

    try:
        settings = read_settings()
        if settings.devices is None or not settings.device_types:
            return []
        devices = devices_in(settings, plan.timezone)
    except SettingError as error:
        typer.echo(plain(f"note: trackers are not looked at: {error}", keep="\n"), err=True)
        return []
    tells = {
        name: reduce(or_, (BITS[task] for task in kind.tasks))
        for name, kind in settings.device_types.items()
    }
    now_ms = time.time_ns() // 1_000_000
    return [
        Tracker(row.vehicle_id, row.kind, tells[row.kind])
        for rows in devices.rows.values()
        for row in rows
        if row.kind and (row.until_ms is None or row.until_ms > now_ms)
    ]
