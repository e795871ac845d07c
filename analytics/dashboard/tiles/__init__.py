"""The streets of a plan as vector tiles, so that a page asks only for what is in view.

In: a plan. Out: Mapbox vector tiles, made when asked for.
"""

__all__ = ["street_tiles"]
