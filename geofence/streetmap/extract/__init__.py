"""An OpenStreetMap extract as flat tables, as it stands: no rule has chosen or cut anything yet.

In: PBF or XML, from OpenStreetMap or from an editor. Out: an `Extract` of what bears a name or
``highway``.
"""

__all__ = ["extract", "reading"]
