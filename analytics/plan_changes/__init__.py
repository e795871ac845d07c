"""What a changed plan means to people: sentences, a map, and what it would have changed.

In: a comparison of two plans, the log. Out: lines, one HTML page, a JSON document.
"""

__all__ = ["document", "effect_lines", "effects", "page", "sentences"]
