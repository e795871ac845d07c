"""Streets and places that others drew, before anybody says who collects them.

In: an OpenStreetMap extract, or a city's own lines. Out: a `StreetMap` in WGS 84.
"""

__all__ = ["boundary", "drivable", "fault", "osm", "street_map"]
