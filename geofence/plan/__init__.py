"""The service plan: grids, vehicles, windows and streets, checked, versioned and written.

In: ``plan.toml`` and ``streets.geojson``. Out: a `Plan`, or every fault at once.
"""

__all__ = [
    "extent",
    "fault",
    "plan",
    "reader",
    "streets",
    "table",
    "timetable",
    "vehicle_id",
    "version",
    "work",
    "writer",
]
