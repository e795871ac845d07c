"""The HTTP interface: one module of routes a part of the page.

In: requests. Out: documents, events, the page's own files and tiles.
"""

__all__ = ["answers", "app", "basemap", "basemap_routes", "dashboard", "static_files"]
