"""Verdicts and plans over time; nothing is overwritten.

In: judged days. Out: verdicts with their revisions and causes, found again, shown, proved anew.
"""

__all__ = [
    "change_report",
    "evidence_geojson",
    "history",
    "lookup",
    "plan_store",
    "recompute",
    "revisions",
    "street_events",
    "tables",
    "takeover",
    "text",
]
