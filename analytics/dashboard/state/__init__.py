"""The state of the shown day, live and at any instant before.

In: the log's new pings, the plan. Out: states of windows, streets and vehicles, and their changes.
"""

__all__ = [
    "event_history",
    "feed",
    "learning",
    "live_state",
    "stored_days",
    "time_machine",
    "vehicle_day",
    "window_state",
]
