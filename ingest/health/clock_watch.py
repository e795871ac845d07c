"""Is this server's clock right? Vehicles have clocks of their own, and most are not wrong."""

from collections import Counter

from ingest.decoding.rejection import RejectionCode
from ingest.log.batch import Batch

HEARD_MS = 600_000
"""Vehicles that were heard of longer ago say nothing about now."""
LEAST_VEHICLES = 2
_TOLD = {
    RejectionCode.TIME_IN_FUTURE: "in the future",
    RejectionCode.OUTDATED: "outdated (setting max_age_days)",
}


class ClockWatch:
    """Remembers of each vehicle whether its last fixes were refused for their time.

    Written by one thread, read by any.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, RejectionCode | None]] = {}

    def observe(self, batch: Batch, now_ms: int) -> None:
        """Look at a batch; what is sound speaks for a vehicle whatever else it holds."""
        for one in batch.rejections:
            if one.vehicle_id and one.code in _TOLD:
                self._last[one.vehicle_id] = now_ms, one.code
        for row in batch.rows:
            self._last[row[0]] = now_ms, None
        for event, _ in batch.events:
            self._last[event.vehicle_id] = now_ms, None

    def doubt(self, now_ms: int) -> str | None:
        """Say what speaks against this server's clock; None if nothing does."""
        heard = [
            code for at_ms, code in list(self._last.values()) if abs(now_ms - at_ms) <= HEARD_MS
        ]
        for code, count in Counter(heard).items():
            if code is not None and count >= LEAST_VEHICLES and 2 * count > len(heard):
                return f"most vehicles are {_TOLD[code]}: is this server's clock right?"
        return None
