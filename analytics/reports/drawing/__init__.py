"""Charts and maps of a report.

In: views and sketches of grids. Out: drawn images.
"""
