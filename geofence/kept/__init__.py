"""Observations kept on disk: what was seen of the same fixes before is not worked out again.

In: the fixes of a fleet, its `Network` and rules. Out: its `Observation`s, as without a store.
"""

__all__ = ["observing", "store"]
