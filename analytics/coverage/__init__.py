"""What a window asks for, what of it was seen served, and what nobody can have seen.

In: a plan's windows, passes and gaps. Out: instants, earliest-served arrays, hidden metres.
"""

__all__ = ["case", "coverage", "exemption", "possible", "prism", "unseen", "windows"]
