"""Sealed segments of the ping log: days that rest, kept a second time as Parquet, to be read fast.

In: the rows of days. Out: files that are read in their place, and can be thrown away at will.
"""

__all__ = ["encoding", "files", "portion", "records", "sealing", "stamps", "writing"]
