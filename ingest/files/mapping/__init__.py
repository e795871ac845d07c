"""What the columns of a vendor's file mean.

In: columns as texts, and what was told or proposed about them. Out: the same columns under the
names and in the units of a ping; what cannot be read stays as it was, for the checks to refuse.
"""

__all__ = ["conversion", "file_format", "layout", "proposal"]
