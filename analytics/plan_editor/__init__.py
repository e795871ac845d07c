"""A plan edited by hand in a local page: its streets, windows, days, vehicles and exceptions.

In: the files of a plan, and what somebody does on the page. Out: the files, saved whole.
"""

__all__ = ["serving"]
