"""A recorded night and the tables that every format of a report shows.

In: the log, the history. Out: a `Report` of frames and views.
"""

__all__ = ["cells", "night", "report", "summary", "views"]
