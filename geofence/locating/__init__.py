"""The streets of a map that a plan's mentions mean.

In: a `StreetMap`, and grids with their mentions or their areas. Out: `Located`: of each mention the
pieces of sections, or the reason why there are none.
"""

__all__ = ["locate", "resolution"]
