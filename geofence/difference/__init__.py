"""What differs between two plans, as changes that a person can be told.

In: two plans. Out: typed changes, and the streets with what became of each.
"""

__all__ = ["change", "comparison", "drawn_change"]
