"""The public board and the search of streets.

In: what residents ask and report. Out: answers without names of people or plates.
"""

__all__ = ["board", "resident_reports", "street_search"]
