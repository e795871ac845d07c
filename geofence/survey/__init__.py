"""What was located on a map, drawn up as the files of a plan and for people to look at.

In: a `StreetMap` and what became of each mention. Out: streets.geojson, two tables, a page.
"""

__all__ = ["areas_file", "new_plan", "survey"]
