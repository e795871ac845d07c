"""A city's own lines: a file of a geographic information system, whoever exported it.

In: Shapefile, GeoPackage, FlatGeobuf, KML or GeoJSON. Out: a `StreetMap`, and what was guessed.
"""

__all__ = ["vector_file"]
