"""Rivals: what a truck may have done between two fixes besides the way that explains them best.

In: the chosen chain with its steps and states. Out: `Pieces` that are not certain, and doubts of
the path's own.
"""

__all__ = ["alleys", "detours", "excursions", "misfits", "turns"]
