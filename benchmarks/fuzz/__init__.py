"""Broken and hostile inputs for all that reads from outside and all that shows its texts.

A file a subject; ``python -m benchmarks.fuzz`` throws inputs at all of them.
"""
