"""Misses that were collected later.

In: judged windows and later passes. Out: each miss with the visit that made it up.
"""

__all__ = ["linking"]
