"""The service plan: grids, vehicles, windows and streets, checked, versioned and written.

In: ``plan.toml`` and ``streets.geojson``. Out: a `Plan`, or every fault at once.
"""

__all__ = [
    "cycle_search",
    "extent",
    "fault",
    "plan",
    "reader",
    "table",
    "timetable",
    "vehicle_id",
    "version",
    "writer",
]
