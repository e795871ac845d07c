"""When a window will be done, and the chance that it is missed.

In: served metres so far, habits of past days. Out: a `Forecast` of each window.
"""

__all__ = ["curves", "forecast", "habits"]
