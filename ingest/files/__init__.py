"""Recorded files, read and written by the same rules as the wire.

In: CSV, NDJSON or Parquet. Out: a frame of pings, and the rows that are none, each with its code.
"""

__all__ = ["event_file", "first_look", "ping_file"]
