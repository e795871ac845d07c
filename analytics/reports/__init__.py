"""Reports of a day or a range of days, and which nights are due.

In: the log and the history. Out: XLSX, HTML, PDF, CSV and Parquet.
"""

__all__ = ["attempts", "making", "nightly", "standing", "steps"]
