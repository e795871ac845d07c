"""A map in metres, and what of its streets a reading of a mention comes to.

In: a `StreetMap`, and the street or place that a name means. Out: an `Outcome`: pieces of sections,
or the reason why there are none.
"""

__all__ = [
    "areas",
    "branches",
    "continuations",
    "measured_map",
    "parts",
    "pieces",
    "places",
    "ranges",
    "street",
]
