"""Dialects: how each family of trackers writes a fix, one file a dialect, joined by entry point.

In: a payload. Out: the fields of fixes in our names and units, or a `Rejection`.
"""

__all__ = ["dialect", "event", "json_payload", "native", "registry"]
