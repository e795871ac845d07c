"""Seals days that rest while ingest runs: a thread that looks, and a process that seals one day.

In: an open log and its folder of segments. Out: segments, and what keeps days from being sealed.
"""

__all__ = ["sealer"]
