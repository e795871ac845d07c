"""Verdicts of a grid in a window with their evidence, and back from the record.

In: a `Case`. Out: verdicts, flags, records of evidence, tables of streets and grids.
"""

__all__ = [
    "compliance",
    "evaluation",
    "evidence",
    "fleet",
    "judge",
    "outcome",
    "rejudge",
    "rejudge_grid",
    "swapped",
    "tables",
    "verdict",
]
