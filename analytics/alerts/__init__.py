"""What goes wrong just now, said once, to whom it concerns.

In: a day in progress and the settings of alerts. Out: alerts, stored and delivered.
"""

__all__ = [
    "alert",
    "alerter",
    "channel",
    "delivery",
    "dry_run",
    "outbox",
    "plan_watch",
    "store",
    "tables",
    "text",
    "watch",
]
