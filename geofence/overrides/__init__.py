"""What a person decided about streets, kept so that it survives a map that is made anew.

In: ``overrides.toml``, and sections of a map. Out: the sections as decided, and what fits no more.
"""

__all__ = ["application", "lines", "map_sections", "overrides", "overrides_file", "redrawing"]
