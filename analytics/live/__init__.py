"""The same verdicts while a day is in progress.

In: pings as they come, an instant. Out: statuses of windows, and a terminal view of them.
"""

__all__ = ["demo", "live_day", "status"]
