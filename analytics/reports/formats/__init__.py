"""One module a format of a report.

In: a `Report`. Out: its bytes or files.
"""

__all__ = ["formats", "mark", "report_files", "table_files"]
