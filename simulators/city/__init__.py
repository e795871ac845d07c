"""A schematic city for any plan or number of grids.

In: grids and a seed. Out: streets and facilities as GeoJSON.
"""

__all__ = ["city", "roster"]
