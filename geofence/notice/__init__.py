"""A published grid table turned into a plan.

In: TSV, CSV, XLSX or text of a notice. Out: a `Plan`, and each decision that was taken.
"""

__all__ = ["notice", "report", "window_cells"]
