"""The ping log: a durable set of pings on SQLite or PostgreSQL, with counters that balance.

In: batches of rows and rejections. Out: ordered pings, rejections, counters; old days in Parquet.
"""

__all__ = [
    "archive",
    "archive_moving",
    "batch",
    "check",
    "counters",
    "database",
    "pinglog",
    "reading",
    "rivals",
    "rows",
    "schema",
    "strays",
    "tables",
    "writing",
]
