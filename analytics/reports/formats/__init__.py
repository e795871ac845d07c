"""One module a format of a report.

In: a `Report`. Out: its bytes or files.
"""
