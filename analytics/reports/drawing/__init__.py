"""Charts and maps of a report.

In: views and sketches of grids. Out: drawn images.
"""

__all__ = ["charts", "drawing", "map_sketch", "maps", "picture", "svg", "typeface"]
