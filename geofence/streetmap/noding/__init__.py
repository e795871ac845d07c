"""Sections between junctions, made of lines that were drawn without a thought of them.

In: lines as flat arrays in degrees, and which lie on a bridge or in a tunnel. Out: `Sections`.
"""

__all__ = ["flat_lines", "noding", "segment_pairs"]
